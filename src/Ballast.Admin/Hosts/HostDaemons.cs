using Ballast.Admin.Clusters;

namespace Ballast.Admin.Hosts;

/// <summary>The one daemon of a host: the load balancer on its own host, the kubelet on all others.</summary>
public sealed class HostDaemons(ClusterSpec spec, ClusterHost host, HostPaths paths, string program)
{
    /// <summary>Starts it unless it runs. True where it was started.</summary>
    public bool EnsureRunning() => Daemon().EnsureRunning(paths);

    public Daemon Daemon() => host.Role == HostRole.LoadBalancer ? LoadBalancer() : Kubelet();

    private Daemon LoadBalancer() => new("load-balancer",
    [
        program, "load-balancer",
        $"--bind-address={host.Address}",
        "--secure-port=6443",
        $"--backends={string.Join(',', spec.ControlPlaneHosts.Select(h => $"{h.Address}:6443"))}",
        $"--kubeconfig={paths.Kubeconfig("load-balancer.conf")}",
        $"--certificate-authority={paths.Pki("ca.crt")}",
        $"--state-file={paths.LoadBalancerState}",
        $"--status-bind-address={host.Address}:{LoadBalancerStatusPort}",
    ]);

    /// <summary>Where the load balancer tells of its backends.</summary>
    public const int LoadBalancerStatusPort = 8404;

    private Daemon Kubelet() => KubeletDaemon.Of(
        new(host.Name, host.IPAddress, paths), program, host.Role == HostRole.ControlPlane, withApiServer: host.Role != HostRole.Etcd,
        [
            KeyValuePair.Create("pod-cidr", ClusterSpec.PodRangeOf(host)),
            KeyValuePair.Create("node-labels", $"topology.kubernetes.io/zone={host.Zone}"),
        ]);
}
