using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.TaintToleration;

/// <summary>Keeps pods off nodes with taints they do not tolerate, and prefers nodes with fewer of the mild kind.</summary>
internal sealed class TaintTolerationPlugin : IFilterPlugin, IPreScorePlugin, INormalizeScorePlugin, IEnqueueExtensions
{
    public string Name => "TaintToleration";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded | ClusterEvents.NodeTaints, (pod, e) => e.Node is null || FindUntolerated(pod, e.Node) is null),
        new(ClusterEvents.PodUpdated),
    ];

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node) => FindUntolerated(pod, node) is { } taint
        ? Status.Unresolvable(Name, $"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}")
        : null;

    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes)
    {
        state.Write(new PreferNoSchedule(
            [.. (pod.Pod.Spec.Tolerations ?? []).Where(t => string.IsNullOrEmpty(t.Effect) || t.Effect == "PreferNoSchedule")]));
        return null;
    }

    public long Score(CycleState state, PodInfo pod, NodeInfo node)
    {
        if (node.Taints.Count == 0) return 0;
        var tolerations = state.Read<PreferNoSchedule>().Tolerations;
        var count = 0;
        for (var i = 0; i < node.Taints.Count; i++)
            if (node.Taints[i].Effect == "PreferNoSchedule" && !Tolerations.Tolerate(tolerations, node.Taints[i]))
                count++;
        return count;
    }

    public void NormalizeScore(CycleState state, PodInfo pod, IReadOnlyList<NodeInfo> nodes, Span<long> scores) => Scores.Normalize(scores, reverse: true);

    private static V1Taint? FindUntolerated(PodInfo pod, NodeInfo node)
    {
        for (var i = 0; i < node.Taints.Count; i++)
        {
            var taint = node.Taints[i];
            if (taint.Effect is "NoSchedule" or "NoExecute" && !Tolerations.Tolerate(pod.Pod.Spec.Tolerations, taint)) return taint;
        }
        return null;
    }

    private sealed record PreferNoSchedule(IList<V1Toleration> Tolerations) : ICycleData
    {
        public ICycleData Copy() => this;
    }
}
