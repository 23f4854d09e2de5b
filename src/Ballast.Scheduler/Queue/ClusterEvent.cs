using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Queue;

/// <summary>What changed in the cluster, as far as it can make a pod fit.</summary>
[Flags]
public enum ClusterEvents
{
    None = 0,
    NodeAdded = 1 << 0,
    NodeAllocatable = 1 << 1,
    NodeLabels = 1 << 2,
    NodeTaints = 1 << 3,
    NodeConditions = 1 << 4,
    AssignedPodAdded = 1 << 5,
    AssignedPodUpdated = 1 << 6,
    AssignedPodDeleted = 1 << 7,

    /// <summary>The waiting pod itself was changed.</summary>
    PodUpdated = 1 << 8,
    Other = 1 << 9,

    AnyNode = NodeAdded | NodeAllocatable | NodeLabels | NodeTaints | NodeConditions,
}

/// <summary>One event, with the node or pod it is about: before and after where it was an update.</summary>
public sealed record ClusterEvent(ClusterEvents Kinds, NodeInfo? Node = null, PodInfo? OldPod = null, PodInfo? Pod = null);

/// <summary>An event a plugin waits for.</summary>
/// <param name="Kinds">Any of these.</param>
/// <param name="Helps">Whether this one can make the pod fit; null where any can. Where in doubt, true: a false no leaves the pod waiting for minutes.</param>
public sealed record QueueingHint(ClusterEvents Kinds, Func<PodInfo, ClusterEvent, bool>? Helps = null);
