using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins.TaintToleration;
using Ballast.Scheduler.Queue;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.NodeUnschedulable;

/// <summary>Keeps pods off cordoned nodes, but those that tolerate the taint of a cordon.</summary>
internal sealed class NodeUnschedulablePlugin : IFilterPlugin, IEnqueueExtensions
{
    private static readonly V1Taint Cordoned = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };
    private static readonly Status Rejected = Status.Unresolvable("NodeUnschedulable", "node(s) were unschedulable");

    public string Name => "NodeUnschedulable";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded | ClusterEvents.NodeTaints, (pod, e) => e.Node is null || Find(pod, e.Node) is null),
        new(ClusterEvents.PodUpdated),
    ];

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node) => Find(pod, node);

    private static Status? Find(PodInfo pod, NodeInfo node) =>
        node.Node!.Spec?.Unschedulable == true && !Tolerations.Tolerate(pod.Pod.Spec.Tolerations, Cordoned) ? Rejected : null;
}
