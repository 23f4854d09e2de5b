using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.SchedulingGates;

/// <summary>Keeps a pod out while it has scheduling gates.</summary>
internal sealed class SchedulingGatesPlugin : IPreEnqueuePlugin, IEnqueueExtensions
{
    public string Name => "SchedulingGates";

    public IReadOnlyList<QueueingHint> Events { get; } = [new(ClusterEvents.PodUpdated)];

    public Status? PreEnqueue(PodInfo pod) => pod.Pod.Spec.SchedulingGates is { Count: > 0 } gates
        ? Status.Unresolvable(Name, $"waiting for scheduling gates: [{string.Join(' ', gates.Select(g => g.Name))}]")
        : null;
}
