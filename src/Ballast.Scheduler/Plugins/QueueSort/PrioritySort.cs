using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.QueueSort;

/// <summary>Higher priority first; among equals, who waits longest.</summary>
internal sealed class PrioritySort : IQueueSortPlugin
{
    public string Name => "PrioritySort";

    public int Compare(QueuedPod left, QueuedPod right) =>
        right.Info.Priority.CompareTo(left.Info.Priority) is not 0 and var order ? order : left.Timestamp.CompareTo(right.Timestamp);
}
