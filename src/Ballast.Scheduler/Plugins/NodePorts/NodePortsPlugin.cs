using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.NodePorts;

/// <summary>A pod's host ports must be free on its node.</summary>
internal sealed class NodePortsPlugin : IPreFilterPlugin, IFilterPlugin, IEnqueueExtensions
{
    private static readonly Status Rejected = Status.Unschedulable("NodePorts", "node(s) didn't have free ports for the requested pod ports");

    public string Name => "NodePorts";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded),
        new(ClusterEvents.AssignedPodDeleted, (pod, e) => e.OldPod is null || pod.HostPorts.Any(p => e.OldPod.HostPorts.Any(p.ConflictsWith))),
    ];

    public Status? PreFilter(CycleState state, PodInfo pod, Snapshot snapshot) => pod.HostPorts.Count == 0 ? Status.Skip : null;

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node)
    {
        foreach (var wanted in pod.HostPorts)
            foreach (var used in node.UsedPorts)
                if (wanted.ConflictsWith(used))
                    return Rejected;
        return null;
    }
}
