using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.NodeName;

/// <summary>A pod that names its node runs there or nowhere.</summary>
internal sealed class NodeNamePlugin : IFilterPlugin, IEnqueueExtensions
{
    private static readonly Status Rejected = Status.Unresolvable("NodeName", "node(s) didn't match the requested node name");

    public string Name => "NodeName";

    public IReadOnlyList<QueueingHint> Events { get; } = [new(ClusterEvents.NodeAdded)];

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node) =>
        pod.NodeName.Length == 0 || pod.NodeName == node.Name ? null : Rejected;
}
