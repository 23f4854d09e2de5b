using Ballast.ApiMachinery.Selectors;
using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Plugins.DefaultPreemption;

/// <summary>Finds the fewest and least important pods whose going makes room on a node.</summary>
internal sealed class VictimSearch(SchedulingProfile profile, IReadOnlyList<V1PodDisruptionBudget> budgets)
{
    private readonly (V1PodDisruptionBudget Budget, LabelSelector Selector)[] _budgets =
        [.. budgets.Select(b => (b, LabelSelector.From(b.Spec.Selector)))];

    /// <summary>Null and the reason where even without all less important pods there is no room, or where there are none.</summary>
    public (Candidate? Candidate, Status? Refusal) Search(CycleState cycle, PodInfo pod, NodeInfo actual)
    {
        var (state, node) = (cycle.Clone(), actual.Clone());
        var removable = actual.Pods.Where(p => p.Priority < pod.Priority).ToArray();
        if (removable.Length == 0) return (null, Status.Unresolvable("DefaultPreemption", "No preemption victims found for incoming pod"));
        foreach (var victim in removable) Remove(state, pod, victim, node);
        if (profile.RunFilterWithNominated(state, pod, node) is { } refusal) return (null, refusal);

        // Give back as many as there is room for: first those a budget protects, and the important before the others.
        Array.Sort(removable, ByImportance);
        var (violating, others) = SplitByBudget(removable);
        var victims = new List<PodInfo>();
        var violations = 0;
        foreach (var victim in violating)
            if (!Reprieve(state, pod, victim, node, victims)) violations++;
        foreach (var victim in others) Reprieve(state, pod, victim, node, victims);
        if (victims.Count == 0) return (null, Status.Unresolvable("DefaultPreemption", "No preemption victims found for incoming pod"));
        victims.Sort(ByImportance);
        return (new(actual.Name, victims, violations), null);
    }

    private bool Reprieve(CycleState state, PodInfo pod, PodInfo victim, NodeInfo node, List<PodInfo> victims)
    {
        node.AddPod(victim);
        profile.RunAddPod(state, pod, victim, node);
        if (profile.RunFilterWithNominated(state, pod, node) is null) return true;
        Remove(state, pod, victim, node);
        victims.Add(victim);
        return false;
    }

    private void Remove(CycleState state, PodInfo pod, PodInfo victim, NodeInfo node)
    {
        node.RemovePod(victim.Uid);
        profile.RunRemovePod(state, pod, victim, node);
    }

    /// <summary>Takes each pod's disruption off the budgets that cover it; a pod violates one that has none left.</summary>
    private (List<PodInfo> Violating, List<PodInfo> Others) SplitByBudget(IEnumerable<PodInfo> pods)
    {
        var (violating, others) = (new List<PodInfo>(), new List<PodInfo>());
        var left = _budgets.Select(b => b.Budget.Status?.DisruptionsAllowed ?? 0).ToArray();
        foreach (var pod in pods)
        {
            var violates = false;
            for (var i = 0; i < _budgets.Length && pod.Labels.Count > 0; i++)
            {
                var (budget, selector) = _budgets[i];
                if (budget.Metadata.NamespaceProperty != pod.Namespace || selector.IsEverything || !selector.Matches(pod.Labels)) continue;
                // Its disruption is counted already.
                if (budget.Status?.DisruptedPods?.ContainsKey(pod.Key.Name) == true) continue;
                violates |= --left[i] < 0;
            }
            (violates ? violating : others).Add(pod);
        }
        return (violating, others);
    }

    // Higher priority first, then whoever runs longer.
    private static int ByImportance(PodInfo a, PodInfo b) =>
        b.Priority.CompareTo(a.Priority) is not 0 and var order ? order : Candidate.Started(a).CompareTo(Candidate.Started(b));
}
