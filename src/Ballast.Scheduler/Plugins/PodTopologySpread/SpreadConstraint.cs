using Ballast.ApiMachinery.Selectors;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins.NodeAffinity;
using Ballast.Scheduler.Plugins.TaintToleration;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.PodTopologySpread;

/// <summary>One topology spread constraint of a pod, ready to be asked.</summary>
internal sealed class SpreadConstraint
{
    private readonly LabelSelector _selector;
    private readonly bool _honorAffinity;
    private readonly bool _honorTaints;

    public SpreadConstraint(V1TopologySpreadConstraint constraint, PodInfo owner)
    {
        (TopologyKey, MaxSkew, MinDomains) = (constraint.TopologyKey, constraint.MaxSkew, constraint.MinDomains ?? 1);
        _selector = LabelSelector.From(WithLabelKeys(constraint, owner));
        _honorAffinity = constraint.NodeAffinityPolicy != "Ignore";
        _honorTaints = constraint.NodeTaintsPolicy == "Honor";
    }

    /// <summary>A default one, for a pod that has none.</summary>
    public SpreadConstraint(string topologyKey, int maxSkew, LabelSelector selector) =>
        (TopologyKey, MaxSkew, MinDomains, _selector, _honorAffinity) = (topologyKey, maxSkew, 1, selector, true);

    public string TopologyKey { get; }

    public int MaxSkew { get; }

    public int MinDomains { get; }

    public bool Matches(PodInfo pod) => _selector.Matches(pod.Labels);

    /// <summary>Whether the node's pods count: those of nodes the pod may not go to say nothing about the spread.</summary>
    public bool Includes(PodInfo pod, NodeInfo node)
    {
        if (_honorAffinity && !NodeSelector.Matches(pod.Pod.Spec, node)) return false;
        return !_honorTaints || node.Taints.All(t => t.Effect is not ("NoSchedule" or "NoExecute") || Tolerations.Tolerate(pod.Pod.Spec.Tolerations, t));
    }

    /// <summary>Pods on the node that the constraint spreads, as seen from <paramref name="owner"/>.</summary>
    public int CountOn(NodeInfo node, PodInfo owner)
    {
        var count = 0;
        for (var i = 0; i < node.Pods.Count; i++)
            if (Counts(node.Pods[i], owner))
                count++;
        return count;
    }

    public bool Counts(PodInfo pod, PodInfo owner) => pod.Namespace == owner.Namespace && !pod.IsTerminating && Matches(pod);

    public static SpreadConstraint[] Of(PodInfo pod, string whenUnsatisfiable) =>
        [.. (pod.Pod.Spec.TopologySpreadConstraints ?? []).Where(c => c.WhenUnsatisfiable == whenUnsatisfiable).Select(c => new SpreadConstraint(c, pod))];

    private static V1LabelSelector? WithLabelKeys(V1TopologySpreadConstraint constraint, PodInfo owner)
    {
        if (constraint.LabelSelector is null || constraint.MatchLabelKeys is null or { Count: 0 }) return constraint.LabelSelector;
        var own = constraint.MatchLabelKeys.Where(owner.Labels.ContainsKey)
            .Select(key => new V1LabelSelectorRequirement { Key = key, OperatorProperty = "In", Values = [owner.Labels[key]] });
        return constraint.LabelSelector with { MatchExpressions = [.. constraint.LabelSelector.MatchExpressions ?? [], .. own] };
    }
}
