using System.Globalization;
using Ballast.ControllerManager.Pods;
using k8s.Models;

namespace Ballast.ControllerManager.ReplicaSets;

/// <summary>Which pods go first when there are too many: those that are missed least.</summary>
public static class DeletionRanking
{
    /// <param name="pods">The controller's active pods.</param>
    /// <param name="siblings">Its and its siblings' active pods (the other ReplicaSets of a Deployment): nodes with many of them give up one first.</param>
    /// <param name="now">The time.</param>
    public static IEnumerable<V1Pod> FirstToGo(IEnumerable<V1Pod> pods, IEnumerable<V1Pod> siblings, DateTime now)
    {
        var onNode = siblings.Where(p => p.Spec?.NodeName is { Length: > 0 }).GroupBy(p => p.Spec.NodeName).ToDictionary(g => g.Key, g => g.Count());
        return pods
            .OrderBy(p => p.Spec?.NodeName is { Length: > 0 })
            .ThenBy(p => p.Status?.Phase switch { "Pending" => 0, "Unknown" => 1, "Running" => 2, _ => 3 })
            .ThenBy(p => p.IsReady)
            .ThenBy(DeletionCost)
            .ThenByDescending(p => onNode.GetValueOrDefault(p.Spec?.NodeName ?? ""))
            .ThenBy(p => AgeRank(p.Condition("Ready") is { Status: "True" } ready ? ready.LastTransitionTime : null, now))
            .ThenByDescending(p => p.Status?.ContainerStatuses?.Sum(c => c.RestartCount) ?? 0)
            .ThenBy(p => AgeRank(p.Metadata.CreationTimestamp, now))
            .ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal);
    }

    /// <summary>The annotation <c>controller.kubernetes.io/pod-deletion-cost</c>; 0 where it is absent or no number.</summary>
    private static int DeletionCost(V1Pod pod) =>
        pod.Metadata.Annotations is { } annotations && annotations.TryGetValue("controller.kubernetes.io/pod-deletion-cost", out var text)
            && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost) ? cost : 0;

    /// <summary>Ages by powers of two: pods of about the same age are alike, and chance (the uid) spreads the choice.</summary>
    private static int AgeRank(DateTime? since, DateTime now) =>
        since is null ? 0 : (int)Math.Log2(Math.Max(1, (now - since.Value).Ticks));
}
