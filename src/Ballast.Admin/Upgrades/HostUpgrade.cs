using Ballast.Admin.Clusters;
using Ballast.Admin.Phases;
using Ballast.Admin.Rollouts;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Upgrades;

/// <summary>
/// Takes one host to its target: drains its node, replaces its static pods one after the other, starts its kubelet anew, and lets pods back. Whatever does not get healthy gets its old
/// manifests back. Run again it goes on where it was, and leaves a host alone that is done.
/// </summary>
internal sealed class HostUpgrade(HostTarget target, RolloutScope scope, string kubeconfig, ISteps steps, TimeProvider time)
{
    private static readonly TimeSpan DrainPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);

    private string Name => target.Host.Name;

    /// <returns>False where it was done already.</returns>
    /// <exception cref="ClusterException">Something did not get well; what was changed on the host is undone.</exception>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        using var api = ClientFactory.Create(kubeconfig, "ballast");
        var drain = target.IsNode ? new NodeDrain(api, Name, time) : null;
        var changes = target.Plan(new Dictionary<(string, string), string>()).Where(c => c.IsNeeded).ToList();
        var isUnderWay = drain is not null && await drain.IsUnderWayAsync(cancel);
        if (changes.Count == 0 && !isUnderWay)
            return false;
        try
        {
            if (drain is not null)
                await steps.RunAsync($"Drain {Name}", token => drain.RunAsync(DrainPatience, token), cancel);
            if (isUnderWay || changes.Any(c => c.Component != target.Daemon.Name))
                await ManifestsAsync(api, cancel);
            if (changes.Any(c => c.Component == target.Daemon.Name))
                await steps.RunAsync($"Restart the {target.Daemon.Name} of {Name}", token => RestartDaemonAsync(api, token), cancel);
        }
        finally
        {
            // What failed was undone, and what was interrupted is found by its mark.
            if (drain is not null && !cancel.IsCancellationRequested)
                await UncordonAsync(drain, cancel);
        }
        return true;
    }

    private async Task UncordonAsync(NodeDrain drain, CancellationToken cancel)
    {
        try
        {
            await steps.RunAsync($"Uncordon {Name}", drain.UncordonAsync, cancel);
        }
        catch (Exception silent) when (silent is HttpRequestException or HttpOperationException)
        {
            // What went wrong before is the sentence to end with.
            steps.Warn($"{Name} stays cordoned until the same command is run again: {silent.ApiMessage}");
        }
    }

    private async Task ManifestsAsync(ApiClient api, CancellationToken cancel)
    {
        var rollout = new HostRollout(target.Host, scope, time);
        await target.Manifests.EnsureNamedAsync(api, cancel);
        try
        {
            await steps.RunAsync($"Change the static pods of {Name}", async token => await rollout.RunAsync(target.Manifests.Of, token) is { Count: > 0 } taken
                ? string.Join(", ", taken) : "they are as they should be", cancel);
        }
        catch (ClusterException failed)
        {
            throw new ClusterException($"{failed.Message}; {await PutBackAsync(rollout, cancel)}") { Hint = failed.Hint };
        }
    }

    private async Task<string> PutBackAsync(HostRollout rollout, CancellationToken cancel)
    {
        IReadOnlyList<string> back = [];
        try
        {
            await steps.RunAsync($"Put the old manifests of {Name} back", async token => string.Join(", ", back = await rollout.PutBackAsync(token)), cancel);
            return back.Count == 0 ? $"nothing had been changed on {Name}" : $"the old manifests of {Name} are back, and it is well with them";
        }
        catch (ClusterException worse)
        {
            return $"with the old manifests, which are back: {worse.Message}";
        }
    }

    /// <summary>Well again means that the endpoint answers and, on a node, that the kubelet writes to it.</summary>
    private async Task<string> RestartDaemonAsync(ApiClient api, CancellationToken cancel)
    {
        var before = await RenewedAsync(api, cancel);
        await target.Daemon.RestartAsync(target.Host.Paths, time, cancel);
        for (var start = time.GetTimestamp(); ;)
        {
            try
            {
                if (target.Daemon.Runs(target.Host.Paths) && await RenewedAsync(api, cancel) is var renewed && (!target.IsNode || (renewed != before && await IsReadyAsync(api, cancel))))
                    return "";
            }
            catch (Exception silent) when (silent is HttpRequestException or HttpOperationException)
            {
                // The load balancer may be what was started anew.
            }
            if (time.GetElapsedTime(start) > ReadyPatience)
            {
                throw new ClusterException($"the {target.Daemon.Name} of {Name} was not well {ReadyPatience.TotalSeconds:0} s after its restart")
                {
                    Hint = $"see its log: {target.Host.Paths.DaemonLog(target.Daemon.Name)}; then run the same command again",
                };
            }
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    /// <summary>Null where it is no node.</summary>
    private async Task<DateTime?> RenewedAsync(ApiClient api, CancellationToken cancel) =>
        (await api.Resources<V1Lease>().FindAsync("kube-node-lease", Name, cancel))?.Spec?.RenewTime;

    private async Task<bool> IsReadyAsync(ApiClient api, CancellationToken cancel) =>
        (await api.Resources<V1Node>().FindAsync(null, Name, cancel))?.IsReady == true;
}
