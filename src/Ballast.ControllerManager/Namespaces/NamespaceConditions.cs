using k8s.Models;

namespace Ballast.ControllerManager.Namespaces;

/// <summary>Says in a namespace's conditions what its deletion waits for; upstream's types, reasons and words.</summary>
internal static class NamespaceConditions
{
    public static IList<V1NamespaceCondition> Of(Remains remains, IList<V1NamespaceCondition>? old, DateTime now)
    {
        var failures = string.Join(", ", remains.DiscoveryFailures.Select(f => $"{f.Key}: {f.Value}"));
        V1NamespaceCondition[] next =
        [
            Condition("NamespaceDeletionDiscoveryFailure", remains.DiscoveryFailures.Count > 0,
                "DiscoveryFailed", $"Discovery failed for some groups, {remains.DiscoveryFailures.Count} failing: unable to retrieve the complete list of server APIs: {failures}",
                "ResourcesDiscovered", "All resources successfully discovered"),
            Condition("NamespaceDeletionGroupVersionParsingFailure", false,
                "GroupVersionParsingFailed", "",
                "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            Condition("NamespaceDeletionContentFailure", remains.DeletionFailures.Count > 0,
                "ContentDeletionFailed", $"Failed to delete all resource types, {remains.DeletionFailures.Count} remaining: {string.Join(", ", remains.DeletionFailures)}",
                "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            Condition("NamespaceContentRemaining", remains.Resources.Count > 0,
                "SomeResourcesRemain", $"Some resources are remaining: {remains.ResourcesText}",
                "ContentRemoved", "All content successfully removed"),
            Condition("NamespaceFinalizersRemaining", remains.Finalizers.Count > 0,
                "SomeFinalizersRemain", $"Some content in the namespace has finalizers remaining: {remains.FinalizersText}",
                "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        ];
        return [.. next.Select(c => Keep(c, old?.FirstOrDefault(o => o.Type == c.Type), now))];
    }

    private static V1NamespaceCondition Condition(string type, bool holds, string reason, string message, string otherwise, string otherwiseMessage) => new()
    {
        Type = type,
        Status = holds ? "True" : "False",
        Reason = holds ? reason : otherwise,
        Message = holds ? message : otherwiseMessage,
    };

    /// <summary>The transition time changes with the status alone.</summary>
    private static V1NamespaceCondition Keep(V1NamespaceCondition next, V1NamespaceCondition? old, DateTime now) =>
        next with { LastTransitionTime = old?.Status == next.Status ? old.LastTransitionTime : now };
}
