using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Plugins.NodeResources;

/// <summary>Prefers nodes whose CPU and memory would be used evenly.</summary>
internal sealed class BalancedAllocationPlugin : IPreScorePlugin, IScorePlugin
{
    public string Name => "NodeResourcesBalancedAllocation";

    // A pod that asks for nothing changes no balance.
    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes) =>
        pod.Requests is { MilliCpu: 0, Memory: 0 } ? Status.Skip : null;

    public long Score(CycleState state, PodInfo pod, NodeInfo node)
    {
        var cpu = Share(node.Requested.MilliCpu + pod.Requests.MilliCpu, node.Allocatable.MilliCpu);
        var memory = Share(node.Requested.Memory + pod.Requests.Memory, node.Allocatable.Memory);
        // Of two values the standard deviation is half their distance.
        var deviation = cpu is { } c && memory is { } m ? Math.Abs(c - m) / 2 : 0;
        return (long)((1 - deviation) * Scores.Max);
    }

    private static double? Share(long requested, long allocatable) => allocatable == 0 ? null : Math.Min(1, (double)requested / allocatable);
}
