using System.Globalization;
using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.NodeAffinity;

/// <summary>A pod's demands and wishes on its node's labels and name.</summary>
internal static class NodeSelector
{
    /// <summary>Both <c>nodeSelector</c> and required node affinity.</summary>
    public static bool Matches(V1PodSpec spec, NodeInfo node)
    {
        foreach (var (key, value) in spec.NodeSelector ?? new Dictionary<string, string>())
            if (!node.Labels.TryGetValue(key, out var actual) || actual != value)
                return false;
        return spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is not { } required
            || (required.NodeSelectorTerms ?? []).Any(t => Matches(t, node));
    }

    /// <summary>Every requirement of the term; a term without any matches no node.</summary>
    public static bool Matches(V1NodeSelectorTerm term, NodeInfo node)
    {
        if ((term.MatchExpressions?.Count ?? 0) + (term.MatchFields?.Count ?? 0) == 0) return false;
        return (term.MatchExpressions ?? []).All(r => Matches(r, node.Labels.TryGetValue(r.Key, out var value) ? value : null))
            && (term.MatchFields ?? []).All(r => r.Key == "metadata.name" && Matches(r, node.Name));
    }

    private static bool Matches(V1NodeSelectorRequirement requirement, string? value) => requirement.OperatorProperty switch
    {
        "In" => value is not null && requirement.Values?.Contains(value) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Compare(value, requirement.Values) > 0,
        "Lt" => Compare(value, requirement.Values) < 0,
        _ => false,
    };

    private static int Compare(string? value, IList<string>? bounds) =>
        bounds is [var bound] && long.TryParse(value, CultureInfo.InvariantCulture, out var left) && long.TryParse(bound, CultureInfo.InvariantCulture, out var right)
            ? left.CompareTo(right) : 0;
}
