using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler;

/// <summary>Why no node takes a pod, in upstream's words: they are what people see in <c>kubectl describe pod</c>.</summary>
internal sealed class FitError(int nodeCount, IReadOnlyDictionary<string, Status> nodeStatuses, Status? preFilter = null)
{
    public IReadOnlyDictionary<string, Status> NodeStatuses { get; } = nodeStatuses;

    /// <summary>What PostFilter has to add.</summary>
    public string PostFilterMessage { get; set; } = "";

    public IEnumerable<string> Plugins => preFilter is not null ? [preFilter.Plugin] : NodeStatuses.Values.Select(s => s.Plugin).Distinct();

    public string Message
    {
        get
        {
            if (nodeCount == 0) return "no nodes available to schedule pods";
            var reasons = preFilter is not null ? preFilter.Message : Histogram(NodeStatuses.Values);
            return $"0/{nodeCount} nodes are available:{(reasons.Length > 0 ? $" {reasons}." : "")}{(PostFilterMessage.Length > 0 ? $" {PostFilterMessage}" : "")}";
        }
    }

    /// <summary>Each reason with the number of nodes that gave it.</summary>
    private static string Histogram(IEnumerable<Status> statuses) => string.Join(", ",
        statuses.SelectMany(s => s.Reasons).CountBy(r => r).Select(r => $"{r.Value} {r.Key}").Order(StringComparer.Ordinal));
}
