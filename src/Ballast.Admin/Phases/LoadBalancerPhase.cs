using System.Net;
using Ballast.Admin.Configuration;
using Ballast.Admin.LoadBalancers;

namespace Ballast.Admin.Phases;

/// <summary>The manifest of the host's own load balancer. It begins with the endpoint, and on a control plane with the API server beside it; the cluster tells it of the others.</summary>
public sealed class LoadBalancerPhase : IPhase
{
    public string Name => "load-balancer";

    public string Title => "Write the manifest of the host's load balancer";

    public IEnumerable<string> Writes(PhaseContext context) => [context.Paths.Manifest(HostBalancer.Component)];

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var beside = context.IsControlPlane ? new[] { new IPEndPoint(context.Host.Address, ClusterConfiguration.DefaultPort).ToString() } : [];
        context.Files.LoadBalancer([.. beside.Append(context.Cluster.ControlPlaneEndpoint).Distinct()]);
        return Task.FromResult("");
    }
}
