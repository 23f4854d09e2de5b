using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler.Plugins.DefaultPreemption;

/// <summary>When no node fits, deletes less important pods from the node where that hurts least, and nominates the pod to it.</summary>
internal sealed class DefaultPreemptionPlugin(
    ResourceClient<V1Pod> pods, Store<V1PodDisruptionBudget> budgets, Nominator nominator, PodStatusWriter statuses, IEventRecorder events,
    Random random, ILogger<DefaultPreemptionPlugin> log) : IPostFilterPlugin, IEnqueueExtensions
{
    private const int MinCandidatesPercentage = 10, MinCandidates = 100;
    private const string NotHelpful = "Preemption is not helpful for scheduling";

    private SchedulingProfile? _profile;

    public string Name => "DefaultPreemption";

    // The victims' going is what the pod waits for.
    public IReadOnlyList<QueueingHint> Events { get; } = [new(ClusterEvents.AssignedPodDeleted)];

    public void Attach(SchedulingProfile profile) => _profile = profile;

    public async ValueTask<PostFilterResult> PostFilterAsync(
        CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyDictionary<string, Status> nodeStatuses, CancellationToken cancellationToken)
    {
        SchedulerMetrics.PreemptionAttempts.Inc();
        if (Ineligible(pod, snapshot, nodeStatuses) is { } reason) return new(null, $"preemption: {reason}");
        var (candidates, refusals) = FindCandidates(state, pod, snapshot, nodeStatuses);
        if (candidates.Count == 0)
        {
            foreach (var node in snapshot.Nodes)
                if (nodeStatuses.TryGetValue(node.Name, out var status) && status.Code != StatusCode.Unschedulable)
                    refusals[node.Name] = Status.Unresolvable(Name, NotHelpful);
            return new("", $"preemption: {new FitError(snapshot.Nodes.Count, refusals).Message}");
        }
        var best = Candidate.Best(candidates);
        await EvictAsync(pod, best, cancellationToken);
        return new(best.Node, "");
    }

    private static string? Ineligible(PodInfo pod, Snapshot snapshot, IReadOnlyDictionary<string, Status> nodeStatuses)
    {
        if (pod.Pod.Spec.PreemptionPolicy == "Never") return "not eligible due to preemptionPolicy=Never.";
        if (pod.Pod.Status?.NominatedNodeName is not { Length: > 0 } nominated) return null;
        // A node that has become impossible is no reason to wait.
        if (nodeStatuses.GetValueOrDefault(nominated)?.Code == StatusCode.UnschedulableAndUnresolvable) return null;
        return snapshot.Find(nominated)?.Pods.Any(p => p.IsTerminating && p.Priority < pod.Priority) == true
            ? "not eligible due to terminating pod on the nominated node." : null;
    }

    private (List<Candidate> Candidates, Dictionary<string, Status> Refusals) FindCandidates(
        CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyDictionary<string, Status> nodeStatuses)
    {
        var nodes = snapshot.Nodes.Where(n => nodeStatuses.GetValueOrDefault(n.Name)?.Code == StatusCode.Unschedulable).ToArray();
        var enough = Math.Min(nodes.Length, Math.Max(nodes.Length * MinCandidatesPercentage / 100, MinCandidates));
        var start = nodes.Length == 0 ? 0 : random.Next(nodes.Length);
        var search = new VictimSearch(_profile!, budgets.List());
        var (candidates, refusals) = (new List<Candidate>(), new Dictionary<string, Status>());
        for (var i = 0; i < nodes.Length; i++)
        {
            var node = nodes[(start + i) % nodes.Length];
            var (candidate, refusal) = search.Search(state, pod, node);
            if (candidate is null) refusals[node.Name] = refusal!;
            else candidates.Add(candidate);
            // A candidate that violates no budget is worth stopping for; one that does is not.
            if (candidates.Count >= enough && candidates.Any(c => c.PdbViolations == 0)) break;
        }
        return (candidates, refusals);
    }

    private async Task EvictAsync(PodInfo pod, Candidate candidate, CancellationToken cancellationToken)
    {
        SchedulerMetrics.PreemptionVictims.Observe(candidate.Victims.Count);
        foreach (var victim in candidate.Victims)
        {
            // One that is on its way out already only needs waiting for.
            if (victim.IsTerminating) continue;
            try
            {
                await statuses.WriteDisruptionTargetAsync(victim, $"{pod.Pod.Spec.SchedulerName}: preempting to accommodate a higher priority pod", cancellationToken);
                _ = await pods.TryDeleteAsync(victim.Namespace, victim.Key.Name, victim.Uid, cancellationToken);
                events.Event(victim.Pod, EventType.Normal, "Preempted", $"Preempted by pod {pod.Uid} on node {candidate.Node}", "Preempting");
                log.LogInformation("Preempted pod {Victim} on node {Node} for {Pod}", victim, candidate.Node, pod);
            }
            catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException)
            {
                // The pod is tried again, and finds the node with or without this victim.
                log.LogWarning("Error preempting pod {Victim} for {Pod}: {Message}", victim, pod, e.ApiMessage);
            }
        }
        // Less important pods that were promised this room would otherwise block it.
        foreach (var other in nominator.On(candidate.Node).Where(n => n.Priority < pod.Priority))
        {
            nominator.Withdraw(other.Uid);
            await statuses.ClearNominationAsync(other, cancellationToken);
        }
    }
}
