using Ballast.ComponentBase.Commands;

namespace Ballast.Kubelet;

/// <summary>Held for as long as a kubelet uses its root folder: two on the same one would both run its pods.</summary>
internal static class RootLock
{
    /// <exception cref="UsageException">Another kubelet has it, or the folder cannot be written.</exception>
    public static IDisposable Take(string rootFolder)
    {
        try
        {
            Directory.CreateDirectory(rootFolder);
            return new FileStream(Path.Combine(rootFolder, "kubelet.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UsageException($"--root-dir={rootFolder}: {e.Message}");
        }
        catch (IOException e)
        {
            throw new UsageException($"--root-dir={rootFolder}: {(e.Message.Contains("being used", StringComparison.Ordinal) ? "another kubelet uses it" : e.Message)}");
        }
    }
}
