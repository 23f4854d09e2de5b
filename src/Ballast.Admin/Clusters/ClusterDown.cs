using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Clusters;

/// <summary>Ends a cluster: every process of every host, then its folder. Works on whatever is left of one, and on none.</summary>
public sealed class ClusterDown(ClusterDirectory directory, ISteps steps, TimeProvider time)
{
    /// <summary>How long a component may take to end by itself.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <param name="keepData">Leave the folder: <c>up</c> brings the same cluster back.</param>
    /// <param name="cancel">Stops where it is; a later <c>down</c> goes on from there.</param>
    /// <returns>False where there was nothing to end.</returns>
    public async Task<bool> RunAsync(bool keepData, CancellationToken cancel)
    {
        if (!Directory.Exists(directory.Path))
            return false;
        using (directory.LockWhileRestoring())
        {
            var hosts = directory.HostFolders().Select(paths => new HostProcesses(paths)).ToArray();
            await steps.RunAsync("Stop the hosts", async token =>
            {
                // With its data the cluster is stopped in order; without, there is nothing to be careful with.
                await Task.WhenAll(hosts.Select(h => keepData ? h.StopAsync(Grace, time, token) : h.KillAsync(time, token)));
                return $"{hosts.Length} stopped";
            }, cancel);
            if (!keepData)
            {
                await steps.RunAsync("Delete the data", _ =>
                {
                    directory.Delete();
                    return Task.FromResult(directory.Path);
                }, cancel);
            }
        }
        SubnetClaims.OfThisMachine().Release(directory.Path);
        return true;
    }
}
