using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.NodeResources;

/// <summary>A node must have what the pod asks for; nodes with more left are preferred (<c>LeastAllocated</c>).</summary>
internal sealed class FitPlugin : IFilterPlugin, IScorePlugin, IEnqueueExtensions
{
    private static readonly Status TooManyPods = Status.Unschedulable("NodeResourcesFit", "Too many pods");

    public string Name => "NodeResourcesFit";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded | ClusterEvents.NodeAllocatable, (pod, e) => e.Node is null || Find(pod, e.Node) is null),
        new(ClusterEvents.AssignedPodDeleted | ClusterEvents.AssignedPodUpdated),
        new(ClusterEvents.PodUpdated),
    ];

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node) => Find(pod, node);

    /// <summary>The mean over CPU and memory of the share that would be left.</summary>
    public long Score(CycleState state, PodInfo pod, NodeInfo node) =>
        LeastAllocated(
            (node.NonZeroRequested.MilliCpu + pod.NonZeroRequests.MilliCpu, node.Allocatable.MilliCpu),
            (node.NonZeroRequested.Memory + pod.NonZeroRequests.Memory, node.Allocatable.Memory));

    private static long LeastAllocated((long Requested, long Capacity) cpu, (long Requested, long Capacity) memory)
    {
        long sum = 0, weight = 0;
        foreach (var (requested, capacity) in (ReadOnlySpan<(long, long)>)[cpu, memory])
        {
            if (capacity == 0) continue;
            weight++;
            if (requested <= capacity) sum += (capacity - requested) * Scores.Max / capacity;
        }
        return weight == 0 ? 0 : sum / weight;
    }

    private static Status? Find(PodInfo pod, NodeInfo node)
    {
        var tooMany = node.Pods.Count + 1 > node.AllowedPods;
        var (wanted, used, has) = (pod.Requests, node.Requested, node.Allocatable);
        if (!tooMany && Fits(wanted.MilliCpu, used.MilliCpu, has.MilliCpu) && Fits(wanted.Memory, used.Memory, has.Memory)
            && Fits(wanted.EphemeralStorage, used.EphemeralStorage, has.EphemeralStorage)
            && (wanted.Scalars is null || wanted.Scalars.All(s => Fits(s.Value, used[s.Key], has[s.Key]))))
            return null;

        var reasons = new List<string>(2);
        var hopeless = false;
        if (tooMany) reasons.Add(TooManyPods.Reasons[0]);
        foreach (var name in (string[])[Resources.Cpu, Resources.MemoryName, Resources.EphemeralStorageName, .. wanted.Scalars?.Keys.ToArray() ?? []])
        {
            if (Fits(wanted[name], used[name], has[name])) continue;
            reasons.Add($"Insufficient {name}");
            // More than the node has at all: emptying it would not help.
            hopeless |= wanted[name] > has[name];
        }
        return tooMany && reasons.Count == 1 ? TooManyPods
            : new(hopeless ? StatusCode.UnschedulableAndUnresolvable : StatusCode.Unschedulable, "NodeResourcesFit", reasons);
    }

    private static bool Fits(long wanted, long used, long has) => wanted == 0 || wanted <= has - used;
}
