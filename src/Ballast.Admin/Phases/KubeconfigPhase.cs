using Ballast.Admin.Pki;

namespace Ballast.Admin.Phases;

/// <summary>The kubeconfigs of the administrators and of the control plane's components.</summary>
public sealed class KubeconfigPhase : IPhase
{
    public string Name => "kubeconfig";

    public string Title => "Write kubeconfigs";

    public IReadOnlyList<IPhase> Parts { get; } =
    [
        .. HostFiles.ControlPlaneUsers.Select(Part),
        new PhasePart("kubelet", "Write kubelet.conf", c => [c.Paths.Kubeconfig("kubelet.conf")], c => c.Files.KubeletKubeconfig(c.Paths)),
    ];

    public IEnumerable<string> Writes(PhaseContext context) => HostFiles.ControlPlaneUsers.Select(u => context.Paths.Kubeconfig(u.File));

    /// <summary>Without the kubelet's: a host that joins asks for it, and any other makes it when the kubelet is started.</summary>
    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        context.Files.ControlPlaneKubeconfigs();
        return Task.FromResult(context.Cluster.Server);
    }

    private static PhasePart Part((string File, CertificateSpec User) kubeconfig) => new(
        Path.GetFileNameWithoutExtension(kubeconfig.File), $"Write {kubeconfig.File}", c => [c.Paths.Kubeconfig(kubeconfig.File)], c => c.Files.Kubeconfig(kubeconfig.File, kubeconfig.User, c.Paths));
}
