using System.Net;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;

namespace Ballast.Admin.LoadBalancers;

/// <summary>
/// The load balancer that each host has for itself: whatever runs on the host reaches the API through it, so that no single API server and no single balancer matters to it.
/// A static pod, for the kubelet needs no API to start one. It knows the API servers from their own list and remembers them, and acts under the kubelet's name.
/// </summary>
/// <param name="host">The host.</param>
public sealed class HostBalancer(Host host)
{
    public const string Component = "load-balancer";

    /// <summary>Where it takes connections, on the host's own address.</summary>
    public const int Port = 6444;

    /// <summary>Where it tells of its backends, plain HTTP.</summary>
    public const int StatusPort = 8404;

    /// <summary>What clients look for in a server's certificate; every API server's is good for it, whatever the address.</summary>
    public const string ServerName = "kubernetes";

    public string Server => $"https://{new IPEndPoint(host.Address, Port)}";

    /// <param name="seeds">HOST:PORT of API servers, or of what leads to them, to begin with.</param>
    public StaticPod Pod(IReadOnlyList<string> seeds) =>
        new(Component, $"ballast/{Component}:{BallastVersion.Text}",
        [
            Component,
            $"--bind-address={host.Address}",
            $"--secure-port={Port}",
            $"--backends={string.Join(',', seeds)}",
            // Each host asks every API server: half as often as a front does, for there are many hosts.
            "--health-check-interval=2s",
            $"--kubeconfig={host.Paths.Kubeconfig("kubelet.conf")}",
            $"--state-file={host.Paths.LoadBalancerState}",
            $"--status-bind-address={new IPEndPoint(host.Address, StatusPort)}",
        ], "10m")
        {
            Tier = "node",
            // Its clients are better off with the next one at once than with one that takes no more connections.
            TerminationGracePeriodSeconds = 1,
            Liveness = StaticPod.HttpProbe("HTTP", host.Address.ToString(), StatusPort, "/livez", 10, 8),
            Readiness = StaticPod.HttpProbe("HTTP", host.Address.ToString(), StatusPort, "/readyz", 1, 3),
            Startup = StaticPod.HttpProbe("HTTP", host.Address.ToString(), StatusPort, "/livez", 1, 240),
            HostPaths = new Dictionary<string, string>
            {
                ["kubeconfig"] = host.Paths.Kubeconfig("kubelet.conf"),
                ["kubelet-certs"] = host.Paths.KubeletCertificates,
                ["load-balancer-state"] = Path.GetDirectoryName(host.Paths.LoadBalancerState)!,
            },
        };
}
