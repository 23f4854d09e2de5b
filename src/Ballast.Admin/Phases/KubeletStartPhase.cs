using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Restore;
using Ballast.Client;

namespace Ballast.Admin.Phases;

/// <summary>
/// Gives the kubelet its configuration and credentials, and starts it. The first control plane makes the credentials with the CA's key; a joining host asks for them
/// with its token, and they are signed in the cluster.
/// </summary>
public sealed class KubeletStartPhase : IPhase
{
    public string Name => "kubelet-start";

    public string Title => "Start the kubelet";

    public IEnumerable<string> Writes(PhaseContext context) =>
        [context.Paths.Kubeconfig("kubelet.conf"), context.Paths.KubeletConfig, context.Paths.KubeletFlags, Daemon(context).FileOn(context.Paths)];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        RestoreJournals.Of(context.Paths).RefuseUnfinished();
        if (!File.Exists(context.Paths.Kubeconfig("kubelet.conf")))
        {
            if (context.JoinToken is not null)
                await new TlsBootstrap(context).RunAsync(cancel);
            else
                context.Files.KubeletKubeconfig(context.Paths);
        }
        if (context.Discovered is { } cluster && !File.Exists(context.Paths.Pki("ca.crt")))
            AtomicFile.Write(context.Paths.Pki("ca.crt"), cluster.CaPem, AtomicFile.Public);
        if (!File.Exists(context.Paths.KubeletConfig))
            context.Files.KubeletConfiguration(context.Discovered is null ? SharedKubeletConfiguration.Default : await SharedAsync(context, cancel));
        var kubelet = Daemon(context);
        KubeletDaemon.KeepFlags(kubelet, context.Paths);
        return kubelet.EnsureRunning(context.Paths) ? "started" : "it was running";
    }

    /// <summary>As a node, which may read it.</summary>
    private static async Task<string> SharedAsync(PhaseContext context, CancellationToken cancel)
    {
        using var client = ClientFactory.Create(context.Paths.Kubeconfig("kubelet.conf"), "ballast");
        return await SharedKubeletConfiguration.FindAsync(client, cancel) ?? SharedKubeletConfiguration.Default;
    }

    private static Daemon Daemon(PhaseContext context) =>
        KubeletDaemon.Of(context.Host, context.Program, context.IsControlPlane, withApiServer: true, context.Settings.KubeletArguments);
}
