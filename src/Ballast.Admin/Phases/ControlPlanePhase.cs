namespace Ballast.Admin.Phases;

/// <summary>The manifests of API server, controller manager and scheduler. The API server asks this host's etcd member, or the external ones.</summary>
public sealed class ControlPlanePhase : IPhase
{
    private static readonly string[] Components = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

    public string Name => "control-plane";

    public string Title => "Write the manifests of the control plane";

    public IReadOnlyList<IPhase> Parts { get; } =
        [.. Components.Select(component => new PhasePart(component["kube-".Length..], $"Write the manifest of {component}", c => [c.Paths.Manifest(component)], c => Write(c, component)))];

    public IEnumerable<string> Writes(PhaseContext context) => Components.Select(context.Paths.Manifest);

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        Write(context, only: null);
        return Task.FromResult("");
    }

    private static void Write(PhaseContext context, string? only) => context.Files.ControlPlane(context.Cluster.ExternalEtcd?.Endpoints ?? [$"https://{context.Host.Address}:2379"], only);
}
