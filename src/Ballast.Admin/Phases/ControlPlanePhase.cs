namespace Ballast.Admin.Phases;

/// <summary>The manifests of API server, controller manager and scheduler. The API server asks this host's etcd member, or the external ones.</summary>
public sealed class ControlPlanePhase : IPhase
{
    public string Name => "control-plane";

    public string Title => "Write the manifests of the control plane";

    public IEnumerable<string> Writes(PhaseContext context) =>
        new[] { "kube-apiserver", "kube-controller-manager", "kube-scheduler" }.Select(context.Paths.Manifest);

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        context.Files.ControlPlane(context.Cluster.ExternalEtcd?.Endpoints ?? [$"https://{context.Host.Address}:2379"]);
        return Task.FromResult("");
    }
}
