namespace Ballast.Admin.Phases;

/// <summary>The kubeconfigs of the administrators and of the control plane's components.</summary>
public sealed class KubeconfigPhase : IPhase
{
    public string Name => "kubeconfig";

    public string Title => "Write kubeconfigs";

    public IEnumerable<string> Writes(PhaseContext context) => HostFiles.ControlPlaneUsers.Select(u => context.Paths.Kubeconfig(u.File));

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        context.Files.ControlPlaneKubeconfigs();
        return Task.FromResult(context.Cluster.Server);
    }
}
