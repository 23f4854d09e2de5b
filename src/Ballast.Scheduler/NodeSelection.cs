using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler;

/// <summary>Picks a node for a pod: filters, scores, and draws among the best. Used by the scheduling loop only.</summary>
/// <param name="percentageOfNodesToScore">0 adapts to the cluster's size.</param>
/// <param name="random">Breaks ties.</param>
internal sealed class NodeSelection(int percentageOfNodesToScore, Random random)
{
    private const int MinFeasibleNodes = 100;
    private const int MinFeasiblePercentage = 5;
    private readonly List<NodeInfo> _feasible = [];
    private int _start;

    /// <summary>The node's name, or why there is none.</summary>
    public (string? Node, FitError? Error) Select(SchedulingProfile profile, CycleState state, PodInfo pod, Snapshot snapshot)
    {
        if (snapshot.Nodes.Count == 0) return (null, new FitError(0, new Dictionary<string, Status>()));
        if (profile.RunPreFilter(state, pod, snapshot) is { } rejection)
            return (null, new FitError(snapshot.Nodes.Count, snapshot.Nodes.ToDictionary(n => n.Name, _ => rejection), rejection));
        if (NominatedNode(profile, state, pod, snapshot) is { } nominated) return (nominated, null);

        var refusals = FindFeasible(profile, state, pod, snapshot);
        return _feasible.Count switch
        {
            0 => (null, new FitError(snapshot.Nodes.Count, refusals)),
            1 => (_feasible[0].Name, null),
            _ => (Best(profile.RunScore(state, pod, snapshot, _feasible)), null),
        };
    }

    /// <summary>Room was made for the pod there: take it if it still fits.</summary>
    private static string? NominatedNode(SchedulingProfile profile, CycleState state, PodInfo pod, Snapshot snapshot) =>
        pod.Pod.Status?.NominatedNodeName is { Length: > 0 } name && snapshot.Find(name) is { } node
            && profile.RunFilterWithNominated(state, pod, node) is null ? name : null;

    /// <summary>Looks at nodes from where the last pod left off, so that all get their turn, until enough fit.</summary>
    private Dictionary<string, Status> FindFeasible(SchedulingProfile profile, CycleState state, PodInfo pod, Snapshot snapshot)
    {
        _feasible.Clear();
        var refusals = new Dictionary<string, Status>();
        var (nodes, enough) = (snapshot.Nodes, EnoughNodes(snapshot.Nodes.Count));
        var seen = 0;
        for (; seen < nodes.Count && _feasible.Count < enough; seen++)
        {
            var node = nodes[(_start + seen) % nodes.Count];
            if (profile.RunFilterWithNominated(state, pod, node) is { } refusal) refusals[node.Name] = refusal;
            else _feasible.Add(node);
        }
        _start = (_start + seen) % nodes.Count;
        return refusals;
    }

    /// <summary>In a large cluster a good node among many is as good as the best of all, and much cheaper.</summary>
    internal int EnoughNodes(int all)
    {
        if (all < MinFeasibleNodes || percentageOfNodesToScore >= 100) return all;
        var percentage = percentageOfNodesToScore > 0 ? percentageOfNodesToScore : Math.Max(MinFeasiblePercentage, 50 - all / 125);
        return Math.Max(MinFeasibleNodes, all * percentage / 100);
    }

    private string Best(long[] scores)
    {
        var (best, ties) = (0, 1);
        for (var i = 1; i < scores.Length; i++)
        {
            if (scores[i] > scores[best]) (best, ties) = (i, 1);
            // Each of k equals ends up chosen with probability 1/k.
            else if (scores[i] == scores[best] && random.Next(++ties) == 0) best = i;
        }
        return _feasible[best].Name;
    }
}
