using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Restore;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>
/// Gives the kubelet its configuration and credentials, and starts it. The first control plane makes the credentials with the CA's key; a joining host asks for them
/// with its token, and they are signed in the cluster.
/// </summary>
public sealed class KubeletStartPhase : IPhase
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(100);

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
        var started = kubelet.EnsureRunning(context.Paths);
        if (File.Exists(context.Paths.Manifest(HostBalancer.Component)))
            await BalancerAsync(context, cancel);
        return started ? "started" : "it was running";
    }

    /// <summary>What comes next on this host goes through its load balancer, which the kubelet starts.</summary>
    private static async Task BalancerAsync(PhaseContext context, CancellationToken cancel)
    {
        for (var start = context.Time.GetTimestamp(); SubnetClaims.IsFree(context.Host.Address, HostBalancer.Port); await Task.Delay(PollEvery, context.Time, cancel))
        {
            if (context.Time.GetElapsedTime(start) > context.Patience)
                throw new ClusterException($"the load balancer of {context.Host.Name} did not start within {context.Patience.TotalSeconds:0} s") { Hint = $"see the kubelet's log: {context.Paths.DaemonLog("kubelet")}" };
        }
    }

    /// <summary>With the token, by the endpoint: this host's own load balancer does not run yet.</summary>
    private static async Task<string> SharedAsync(PhaseContext context, CancellationToken cancel)
    {
        using var api = TokenClient.Create(context.Discovered!, context.JoinToken!);
        return await SharedKubeletConfiguration.FindAsync(api, cancel) ?? SharedKubeletConfiguration.Default;
    }

    private static Daemon Daemon(PhaseContext context) =>
        KubeletDaemon.Of(context.Host, context.Program, context.IsControlPlane, withApiServer: true, context.Settings.KubeletArguments);
}
