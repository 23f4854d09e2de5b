using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;

namespace Ballast.Admin.Clusters;

/// <summary>Takes the load balancer in front of a cluster that runs to what the spec says: the other program, or other API servers where it cannot follow them by itself.</summary>
/// <param name="spec">The cluster.</param>
/// <param name="front">The load balancer's host.</param>
/// <param name="paths">Its files.</param>
/// <param name="program">Full path of the ballast executable.</param>
/// <param name="time">The clock.</param>
internal sealed class FrontChange(ClusterSpec spec, ClusterHost front, HostPaths paths, string program, TimeProvider time)
{
    public async Task RunAsync(CancellationToken cancel)
    {
        var haproxy = spec.LoadBalancer == LoadBalancerKind.Haproxy ? new HAProxyFront(spec, front, paths) : null;
        haproxy?.Configure();
        var daemon = new HostDaemons(spec, front, paths, program).Daemon();
        var running = new HostProcesses(paths).List().Where(p => p.Component == daemon.Name).SelectMany(p => p.Command().Take(1)).ToList();
        // Another build of the same program is a matter of upgrades.
        if (running.Any(r => Path.GetFileName(r) != Path.GetFileName(daemon.Command[0])))
            await daemon.RestartAsync(paths, time, cancel);
        else
            haproxy?.ReloadOld();
    }
}
