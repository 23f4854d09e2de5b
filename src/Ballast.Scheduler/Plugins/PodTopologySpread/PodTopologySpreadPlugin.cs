using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.PodTopologySpread;

/// <summary>Spreads pods over zones, hosts or any other topology: strictly where the pod says <c>DoNotSchedule</c>, as a preference otherwise.</summary>
internal sealed class PodTopologySpreadPlugin(DefaultSpread defaults)
    : IPreFilterPlugin, IPreFilterExtensions, IFilterPlugin, IPreScorePlugin, INormalizeScorePlugin, IEnqueueExtensions
{
    private const string Hostname = "kubernetes.io/hostname";
    private static readonly Status NotMatched = Status.Unschedulable("PodTopologySpread", "node(s) didn't match pod topology spread constraints");
    private static readonly Status LabelMissing = Status.Unresolvable("PodTopologySpread", "node(s) didn't match pod topology spread constraints (missing required label)");

    public string Name => "PodTopologySpread";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.NodeAdded | ClusterEvents.NodeLabels | ClusterEvents.NodeTaints | ClusterEvents.AssignedPodUpdated),
        new(ClusterEvents.AssignedPodAdded | ClusterEvents.AssignedPodDeleted, (pod, e) => (e.Pod ?? e.OldPod)?.Namespace == pod.Namespace),
        new(ClusterEvents.PodUpdated),
    ];

    public Status? PreFilter(CycleState state, PodInfo pod, Snapshot snapshot)
    {
        var constraints = SpreadConstraint.Of(pod, "DoNotSchedule");
        if (constraints.Length == 0) return Status.Skip;
        var counts = constraints.Select(_ => new Dictionary<string, int>()).ToArray();
        foreach (var node in snapshot.Nodes)
        {
            // A node outside any one of the topologies cannot take the pod, so it weighs in none.
            if (!constraints.All(c => node.Labels.ContainsKey(c.TopologyKey))) continue;
            for (var i = 0; i < constraints.Length; i++)
            {
                if (!constraints[i].Includes(pod, node)) continue;
                var domain = node.Labels[constraints[i].TopologyKey];
                counts[i][domain] = counts[i].GetValueOrDefault(domain) + constraints[i].CountOn(node, pod);
            }
        }
        state.Write(new Spread(constraints, counts));
        return null;
    }

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node)
    {
        var spread = state.Read<Spread>();
        for (var i = 0; i < spread.Constraints.Length; i++)
        {
            var constraint = spread.Constraints[i];
            if (!node.Labels.TryGetValue(constraint.TopologyKey, out var domain)) return LabelMissing;
            var own = constraint.Matches(pod) ? 1 : 0;
            if (spread.Counts[i].GetValueOrDefault(domain) + own - spread.Least(i) > constraint.MaxSkew) return NotMatched;
        }
        return null;
    }

    public void AddPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node) => Adjust(state, pod, added, node, 1);

    public void RemovePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node) => Adjust(state, pod, removed, node, -1);

    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes)
    {
        var own = pod.Pod.Spec.TopologySpreadConstraints is { Count: > 0 };
        var constraints = own ? SpreadConstraint.Of(pod, "ScheduleAnyway") : defaults.For(pod);
        if (constraints.Length == 0) return Status.Skip;
        // Default constraints must not shut out nodes that have no zone.
        bool IsOutside(NodeInfo node) => own && !constraints.All(c => node.Labels.ContainsKey(c.TopologyKey));
        var outside = nodes.Where(IsOutside).Select(n => n.Name).ToHashSet();
        var counts = new Dictionary<string, long>?[constraints.Length];
        var weights = new double[constraints.Length];
        for (var i = 0; i < constraints.Length; i++)
        {
            var constraint = constraints[i];
            if (constraint.TopologyKey == Hostname)
            {
                weights[i] = Math.Log(nodes.Count - outside.Count + 2);
                continue; // a host's count is the node's own
            }
            var domains = new Dictionary<string, long>();
            foreach (var node in nodes)
                if (!outside.Contains(node.Name) && node.Labels.TryGetValue(constraint.TopologyKey, out var domain))
                    domains[domain] = 0;
            foreach (var node in snapshot.Nodes)
                if (!IsOutside(node) && node.Labels.TryGetValue(constraint.TopologyKey, out var domain) && domains.TryGetValue(domain, out var count) && constraint.Includes(pod, node))
                    domains[domain] = count + constraint.CountOn(node, pod);
            (counts[i], weights[i]) = (domains, Math.Log(domains.Count + 2));
        }
        state.Write(new Preference(constraints, counts, weights, outside));
        return null;
    }

    public long Score(CycleState state, PodInfo pod, NodeInfo node)
    {
        var preference = state.Read<Preference>();
        if (preference.Outside.Contains(node.Name)) return 0;
        double score = 0;
        for (var i = 0; i < preference.Constraints.Length; i++)
        {
            var constraint = preference.Constraints[i];
            if (!node.Labels.TryGetValue(constraint.TopologyKey, out var domain)) continue;
            var count = preference.Counts[i] is { } domains ? domains.GetValueOrDefault(domain) : constraint.CountOn(node, pod);
            score += count * preference.Weights[i] + (constraint.MaxSkew - 1);
        }
        return (long)Math.Round(score);
    }

    public void NormalizeScore(CycleState state, PodInfo pod, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        var outside = state.Read<Preference>().Outside;
        var (least, most) = (long.MaxValue, 0L);
        for (var i = 0; i < scores.Length; i++)
            if (!outside.Contains(nodes[i].Name))
                (least, most) = (Math.Min(least, scores[i]), Math.Max(most, scores[i]));
        for (var i = 0; i < scores.Length; i++)
            scores[i] = outside.Contains(nodes[i].Name) ? 0 : most == 0 ? Scores.Max : Scores.Max * (most + least - scores[i]) / most;
    }

    private static void Adjust(CycleState state, PodInfo pod, PodInfo moved, NodeInfo node, int sign)
    {
        var spread = state.Read<Spread>();
        if (!spread.Constraints.All(c => node.Labels.ContainsKey(c.TopologyKey))) return;
        for (var i = 0; i < spread.Constraints.Length; i++)
        {
            var constraint = spread.Constraints[i];
            if (!constraint.Counts(moved, pod) || !constraint.Includes(pod, node)) continue;
            var domain = node.Labels[constraint.TopologyKey];
            spread.Counts[i][domain] = spread.Counts[i].GetValueOrDefault(domain) + sign;
            spread.Forget(i);
        }
    }

    /// <summary>Matching pods by domain, for each strict constraint.</summary>
    private sealed class Spread(SpreadConstraint[] constraints, Dictionary<string, int>[] counts) : ICycleData
    {
        private readonly int[] _least = [.. constraints.Select(_ => -1)];

        public SpreadConstraint[] Constraints => constraints;

        public Dictionary<string, int>[] Counts => counts;

        /// <summary>The emptiest domain's count; 0 while there are fewer domains than asked for.</summary>
        public int Least(int i) =>
            _least[i] >= 0 ? _least[i] : _least[i] = counts[i].Count < constraints[i].MinDomains || counts[i].Count == 0 ? 0 : counts[i].Values.Min();

        public void Forget(int i) => _least[i] = -1;

        public ICycleData Copy() => new Spread(constraints, [.. counts.Select(c => new Dictionary<string, int>(c))]);
    }

    private sealed record Preference(SpreadConstraint[] Constraints, Dictionary<string, long>?[] Counts, double[] Weights, HashSet<string> Outside) : ICycleData
    {
        public ICycleData Copy() => this;
    }
}
