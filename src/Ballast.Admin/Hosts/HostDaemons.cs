using Ballast.Admin.Clusters;
using Ballast.Admin.LoadBalancers;

namespace Ballast.Admin.Hosts;

/// <summary>The one daemon of a host: the load balancer on its own host, the kubelet on all others.</summary>
public sealed class HostDaemons(ClusterSpec spec, ClusterHost host, HostPaths paths, string program)
{
    /// <summary>Starts it unless it runs. True where it was started.</summary>
    public bool EnsureRunning() => Daemon().EnsureRunning(paths);

    /// <summary>The name of a host's daemon, whatever program does it.</summary>
    public static string NameOn(ClusterHost host) => host.Role == HostRole.LoadBalancer ? HostBalancer.Component : "kubelet";

    public Daemon Daemon() => host.Role != HostRole.LoadBalancer ? Kubelet()
        : spec.LoadBalancer == LoadBalancerKind.Haproxy ? new HAProxyFront(spec, host, paths).Daemon()
        : LoadBalancer();

    private Daemon LoadBalancer() => new(HostBalancer.Component,
    [
        program, HostBalancer.Component,
        $"--bind-address={host.Address}",
        "--secure-port=6443",
        $"--backends={string.Join(',', spec.ApiServers)}",
        $"--kubeconfig={paths.Kubeconfig("load-balancer.conf")}",
        $"--certificate-authority={paths.Pki("ca.crt")}",
        $"--state-file={paths.LoadBalancerState}",
        $"--status-bind-address={host.Address}:{HostBalancer.StatusPort}",
    ]);

    private Daemon Kubelet() => KubeletDaemon.Of(
        new(host.Name, host.IPAddress, paths), program, host.Role == HostRole.ControlPlane, withApiServer: host.Role != HostRole.Etcd,
        [
            KeyValuePair.Create("pod-cidr", ClusterSpec.PodRangeOf(host)),
            KeyValuePair.Create("node-labels", $"topology.kubernetes.io/zone={host.Zone}"),
        ]);
}
