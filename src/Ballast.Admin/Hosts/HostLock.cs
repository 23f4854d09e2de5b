using Ballast.Admin.Clusters;
using Ballast.Admin.Restore;

namespace Ballast.Admin.Hosts;

/// <summary>Keeps a second command from changing the machine that it runs on.</summary>
public static class HostLock
{
    /// <exception cref="ClusterException">Another command is at it, or a restore has to be finished first.</exception>
    public static IDisposable Take(HostPaths paths)
    {
        var held = TakeWhileRestoring(paths);
        try
        {
            RestoreJournals.Of(paths).RefuseUnfinished();
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="Take"/>, for what may be done in the middle of a restore.</summary>
    public static IDisposable TakeWhileRestoring(HostPaths paths)
    {
        try
        {
            return new FileStream(Path.Combine(paths.Kubernetes, ".ballast.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new ClusterException($"another ballast command is changing {HostIdentity.NodeName(paths) ?? paths.Root}: wait for it to end, then try again");
        }
    }
}
