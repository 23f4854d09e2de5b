using Ballast.Admin.Certificates.Rotation;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Phases;

/// <summary>Makes this machine a host of a cluster of which it knows an endpoint and a token: finds out about the cluster, then runs the phases of its role.</summary>
public sealed class HostJoin(Host host, string program, ISteps steps, TimeProvider time)
{
    /// <summary>A certificate is valid from five minutes before it is signed: a clock further behind would not take it.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(1);

    /// <param name="join">What was asked for; the endpoint and the token are given.</param>
    /// <param name="dryRun">Lists what would be written, and writes nothing.</param>
    /// <param name="patience">How long each wait may take.</param>
    /// <param name="cancel">Stops where it is; a later join goes on from there.</param>
    public async Task RunAsync(JoinConfiguration join, bool dryRun, TimeSpan patience, CancellationToken cancel)
    {
        var token = BootstrapToken.Parse(join.Token);
        if (join.CaCertHashes.Count == 0 && !join.UnsafeSkipCAVerification)
        {
            throw new ClusterException("--discovery-token-ca-cert-hash is missing: without it this host would trust any cluster that knows the token", 2)
            {
                Hint = "take the command that a control plane prints: ballast token create --print-join-command; or insist: --discovery-token-unsafe-skip-ca-verification",
            };
        }
        ClusterInfo info = null!;
        ClusterConfiguration cluster = null!;
        await steps.RunAsync("Find out about the cluster", async cancelled =>
        {
            var discovery = new TokenDiscovery(join.Endpoint, token, [.. join.CaCertHashes.Select(PublicKeyPin.Check)], time);
            info = await discovery.RunAsync(patience, cancelled);
            RefuseWrongClock(discovery.ClockDifference, join.Host);
            using var api = TokenClient.Create(info, token);
            cluster = await ConfigurationAsync(api, cancelled);
            await RefuseRotationAsync(api, cancelled);
            return info.Server;
        }, cancel);
        using var context = new PhaseContext(cluster, host, join.Host, program, steps, time)
        {
            IsControlPlane = join.ControlPlane,
            Patience = patience,
            CertificateKey = join.CertificateKey.Length == 0 ? null : CertificateKey.Parse(join.CertificateKey),
            JoinToken = token,
            Discovered = info,
        };
        var phases = join.ControlPlane ? HostPhases.JoinControlPlane : HostPhases.JoinWorker;
        if (dryRun)
            HostPhases.List(phases, context);
        else
            await HostPhases.RunAsync(phases, context, cancel);
    }

    private void RefuseWrongClock(TimeSpan ahead, HostConfiguration settings)
    {
        if (ahead.Duration() < ClockTolerance)
            return;
        var sentence = $"this host's clock is {ahead.Duration().TotalSeconds:0} s {(ahead > TimeSpan.Zero ? "behind" : "ahead of")} the cluster's: certificates and leases would be misjudged";
        if (!settings.IgnorePreflightErrors.Any(e => e is "Clock" or "all"))
            throw new ClusterException($"[Clock] {sentence}") { Hint = "set it, and keep it set: chrony or systemd-timesyncd" };
        steps.Warn($"[Clock] {sentence}");
    }

    private static async Task RefuseRotationAsync(ApiClient api, CancellationToken cancel)
    {
        if (await new RotationRecord(api).FindAsync(cancel) is not null)
            throw new ClusterException("the CAs of the cluster are being replaced: a host that joined now would not be among those that follow") { Hint = "finish that first, with ballast certs rotate-ca on each host; then make a new join command: ballast token create --print-join-command" };
    }

    private static async Task<ClusterConfiguration> ConfigurationAsync(ApiClient api, CancellationToken cancel)
    {
        try
        {
            var map = await api.Resources<V1ConfigMap>().GetAsync("kube-system", ClusterObjects.ConfigurationName, cancel);
            return ClusterConfiguration.Parse(map.Data[ClusterObjects.ConfigurationKey], $"kube-system/{ClusterObjects.ConfigurationName}");
        }
        catch (HttpOperationException refused)
        {
            throw new ClusterException($"the cluster's configuration may not be read with this token: {refused.Words}")
            {
                Hint = "make a token for joining on a control plane: ballast token create --print-join-command",
            };
        }
    }
}
