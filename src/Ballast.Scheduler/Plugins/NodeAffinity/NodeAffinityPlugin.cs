using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.NodeAffinity;

/// <summary>The pod's <c>nodeSelector</c> and node affinity.</summary>
internal sealed class NodeAffinityPlugin : IPreFilterPlugin, IFilterPlugin, IPreScorePlugin, INormalizeScorePlugin, IEnqueueExtensions
{
    private static readonly Status Rejected = Status.Unresolvable("NodeAffinity", "node(s) didn't match Pod's node affinity/selector");

    public string Name => "NodeAffinity";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded | ClusterEvents.NodeLabels, (pod, e) => e.Node is null || NodeSelector.Matches(pod.Pod.Spec, e.Node)),
        new(ClusterEvents.PodUpdated),
    ];

    public Status? PreFilter(CycleState state, PodInfo pod, Snapshot snapshot) =>
        pod.Pod.Spec.NodeSelector is null or { Count: 0 } && pod.Pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is null
            ? Status.Skip : null;

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node) => NodeSelector.Matches(pod.Pod.Spec, node) ? null : Rejected;

    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes) =>
        pod.Pod.Spec.Affinity?.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution is null or { Count: 0 } ? Status.Skip : null;

    public long Score(CycleState state, PodInfo pod, NodeInfo node)
    {
        long sum = 0;
        foreach (var preferred in pod.Pod.Spec.Affinity.NodeAffinity.PreferredDuringSchedulingIgnoredDuringExecution)
            if (preferred.Weight != 0 && NodeSelector.Matches(preferred.Preference, node))
                sum += preferred.Weight;
        return sum;
    }

    public void NormalizeScore(CycleState state, PodInfo pod, IReadOnlyList<NodeInfo> nodes, Span<long> scores) => Scores.Normalize(scores, reverse: false);
}
