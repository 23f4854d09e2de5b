using Ballast.ApiMachinery.Selectors;
using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>One term of a pod's affinity or anti-affinity to pods: which pods, and what counts as the same place.</summary>
public sealed class AffinityTerm
{
    private readonly LabelSelector _selector;
    private readonly HashSet<string>? _namespaces;
    private readonly LabelSelector _namespaceSelector;

    private AffinityTerm(V1Pod owner, V1PodAffinityTerm term, int weight)
    {
        TopologyKey = term.TopologyKey;
        Weight = weight;
        _selector = LabelSelector.From(WithLabelKeys(owner, term));
        _namespaceSelector = LabelSelector.From(term.NamespaceSelector);
        _namespaces = term.NamespaceSelector is null && term.Namespaces is null or { Count: 0 }
            ? [owner.Metadata.NamespaceProperty ?? ""]
            : [.. term.Namespaces ?? []];
    }

    public string TopologyKey { get; }

    /// <summary>Of a preferred term; 0 for a required one.</summary>
    public int Weight { get; }

    /// <summary>Whether <paramref name="pod"/>, in a namespace with <paramref name="namespaceLabels"/>, is one of those meant.</summary>
    public bool Matches(PodInfo pod, IDictionary<string, string>? namespaceLabels) =>
        (_namespaces!.Contains(pod.Namespace) || _namespaceSelector.Matches(namespaceLabels)) && _selector.Matches(pod.Labels);

    public static AffinityTerm[] Of(V1Pod owner, IList<V1PodAffinityTerm>? terms) =>
        terms is null or { Count: 0 } ? [] : [.. terms.Select(t => new AffinityTerm(owner, t, 0))];

    public static AffinityTerm[] Of(V1Pod owner, IList<V1WeightedPodAffinityTerm>? terms) =>
        terms is null or { Count: 0 } ? [] : [.. terms.Where(t => t.Weight != 0).Select(t => new AffinityTerm(owner, t.PodAffinityTerm, t.Weight))];

    // The pod's own values of these keys narrow the selector: pods of the same revision, for instance.
    private static V1LabelSelector? WithLabelKeys(V1Pod owner, V1PodAffinityTerm term)
    {
        if (term.LabelSelector is null || (term.MatchLabelKeys ?? []).Count + (term.MismatchLabelKeys ?? []).Count == 0) return term.LabelSelector;
        var expressions = new List<V1LabelSelectorRequirement>(term.LabelSelector.MatchExpressions ?? []);
        void Narrow(IEnumerable<string> keys, string op)
        {
            foreach (var key in keys)
                if (owner.Metadata.Labels?.TryGetValue(key, out var value) == true)
                    expressions.Add(new() { Key = key, OperatorProperty = op, Values = [value] });
        }
        Narrow(term.MatchLabelKeys ?? [], "In");
        Narrow(term.MismatchLabelKeys ?? [], "NotIn");
        return term.LabelSelector with { MatchExpressions = expressions };
    }
}
