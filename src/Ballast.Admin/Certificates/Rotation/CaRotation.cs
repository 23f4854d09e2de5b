using Ballast.Admin.Clusters;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Client;

namespace Ballast.Admin.Certificates.Rotation;

/// <summary>
/// Replaces the CAs of a cluster on this machine, and the key of service-account tokens, while everything goes on: first all accept what the old and the new CAs sign, then everything is
/// signed by the new ones, then the old ones are dropped. Between these, whatever reads its files at its start only is started anew, one component at a time. Each step
/// is recorded when it is done, and can be done again: whoever dies in the middle is followed by the next run, which begins with the step that was under way.
/// </summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class CaRotation(ClusterDirectory directory, ISteps steps, TimeProvider time)
{
    private readonly ClusterSpec _spec = directory.Load();
    private readonly CaRotationFiles _files = new(directory);

    /// <summary>The steps that can be stopped after, in their order.</summary>
    public static IReadOnlyList<string> StepNames { get; } = ["generate", "accept-both", "restart-accepting", "reissue", "restart-reissued", "drop-old", "restart-dropped"];

    /// <param name="until">The last step to be done now; null for all.</param>
    /// <param name="cancel">Stops it; a later run goes on from there.</param>
    /// <returns>False where steps are left.</returns>
    /// <exception cref="ClusterException">Something is not well enough to go on.</exception>
    public async Task<bool> RunAsync(string? until, CancellationToken cancel)
    {
        using var held = directory.Lock();
        return await ChangeLock.HoldAsync(Kubeconfig, "ballast certs rotate-ca", steps, time, token => StepsAsync(until, token), cancel);
    }

    private string Kubeconfig => directory.OperatorKubeconfig(_spec);

    private async Task<bool> StepsAsync(string? until, CancellationToken cancel)
    {
        var state = _files.Load(time);
        _files.Save(state);
        (string Name, string Title, Func<CancellationToken, Task<string>> Work)[] all =
        [
            ("generate", "Make the new CAs", _ => Task.FromResult(Generate())),
            Distribution(RotationStage.AcceptBoth),
            Restart("restart-accepting", RotationStage.AcceptBoth),
            Distribution(RotationStage.Reissue),
            Restart("restart-reissued", RotationStage.Reissue),
            Distribution(RotationStage.DropOld),
            Restart("restart-dropped", RotationStage.DropOld),
        ];
        foreach (var (name, title, work) in all)
        {
            if (!state.Done.Contains(name))
            {
                await steps.RunAsync($"{title} ({name})", work, cancel);
                state = state with { Done = [.. state.Done, name] };
                _files.Save(state);
            }
            if (name == until && name != StepNames[^1])
                return false;
        }
        _files.Delete();
        return true;

        (string, string, Func<CancellationToken, Task<string>>) Distribution(RotationStage stage) => (stage.Name, stage.Title, token => DistributeAsync(state.Id, stage, token));

        (string, string, Func<CancellationToken, Task<string>>) Restart(string name, RotationStage stage) => (name, stage.RestartTitle, token => RestartAsync($"{state.Id}.{name}", token));
    }

    private string Generate()
    {
        var first = directory.Paths(_spec.ControlPlaneHosts.First());
        HostRotation.RefuseWithoutKeys(first, HostCertificate.Authorities);
        _files.Keys.Generate(first, HostCertificate.Authorities, time);
        return string.Join(", ", HostCertificate.Authorities.Select(HostCertificate.AuthorityName).Append("sa"));
    }

    private async Task<string> DistributeAsync(string id, RotationStage stage, CancellationToken cancel)
    {
        var next = _files.Keys.Announce(id, HostCertificate.Authorities);
        foreach (var host in _spec.Hosts)
        {
            cancel.ThrowIfCancellationRequested();
            await new HostRotation(directory.Paths(host), next, _files.Keys, time).DistributeAsync(stage, cancel);
        }
        await Task.Delay(HostRotation.UntilReloaded, time, cancel);
        using var client = ClientFactory.Create(Kubeconfig, "ballast");
        await PublishedAuthority.FollowAsync(client, next, stage, cancel);
        return $"{_spec.Hosts.Count} hosts";
    }

    private async Task<string> RestartAsync(string at, CancellationToken cancel)
    {
        var scope = RolloutScope.Of(_spec, directory, time);
        var restarted = 0;
        foreach (var host in _spec.EtcdHosts.Union(_spec.ControlPlaneHosts))
            restarted += (await HostRotation.RestartAsync(new(new(host.Name, host.IPAddress, directory.Paths(host)), scope, time), at, cancel)).Count;
        if (_spec is { LoadBalancer: LoadBalancerKind.Haproxy, Front: { } front })
            new HAProxyFront(_spec, front, directory.Paths(front)).Reload();
        return $"{restarted} restarted";
    }
}
