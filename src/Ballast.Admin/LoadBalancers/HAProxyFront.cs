using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Prerequisites;

namespace Ballast.Admin.LoadBalancers;

/// <summary>HAProxy as the load balancer of a cluster on this machine: its configuration, and the daemon that runs with it. It cannot follow the API servers by itself, and is told when they change.</summary>
/// <param name="spec">The cluster.</param>
/// <param name="host">The load balancer's host.</param>
/// <param name="paths">Its files.</param>
public sealed class HAProxyFront(ClusterSpec spec, ClusterHost host, HostPaths paths)
{
    /// <summary>One that has been replaced ends then, whatever is still open there: a watch would keep it for hours.</summary>
    private static readonly TimeSpan UntilReplaced = TimeSpan.FromSeconds(15);

    public static IReadOnlyList<string> Packages { get; } = ["haproxy"];

    /// <summary>The master takes SIGTERM, SIGUSR2 and the end of its workers; the pid in its file is the master's.</summary>
    /// <exception cref="ClusterException">HAProxy is not installed.</exception>
    public Daemon Daemon() => new(HostBalancer.Component,
    [
        DebianPackages.Find("haproxy") ?? throw new ClusterException("HAProxy is not installed on this machine") { Hint = "ballast install-packages haproxy" },
        "-W", "-db", "-f", paths.HAProxyConfig, "-p", paths.HAProxyPid,
    ]);

    /// <summary>Writes its configuration, where it is another one.</summary>
    public void Configure()
    {
        AtomicFile.Folder(Path.GetDirectoryName(paths.HAProxyPid)!);
        var text = new HAProxyConfig($"{host.Address}:6443", $"{host.Address}:{HostBalancer.StatusPort}", paths.Pki("ca.crt"), [.. spec.ControlPlaneHosts.Select(h => (h.Name, $"{h.Address}:6443"))])
        {
            IsService = false,
            HardStopAfter = UntilReplaced,
        }.Render();
        if (!File.Exists(paths.HAProxyConfig) || File.ReadAllText(paths.HAProxyConfig) != text)
            AtomicFile.Write(paths.HAProxyConfig, text, AtomicFile.Public);
    }

    /// <summary>Reloads where what runs is older than its configuration: whoever wrote that may have died then.</summary>
    public void ReloadOld()
    {
        var processes = new HostProcesses(paths).List().Where(p => p.Component == HostBalancer.Component).ToList();
        if (processes.Count > 0 && processes.Max(p => p.StartedAt()) < File.GetLastWriteTimeUtc(paths.HAProxyConfig))
            Reload();
    }

    /// <summary>Takes what runs to its configuration and the CA as they are on disk: new processes take over the sockets, and no client is turned away. Nothing where it does not run.</summary>
    public void Reload()
    {
        if (File.Exists(paths.HAProxyPid) && int.TryParse(File.ReadAllText(paths.HAProxyPid), NumberStyles.None, CultureInfo.InvariantCulture, out var master))
            new HostProcesses(paths).Reload(HostBalancer.Component, master);
    }
}
