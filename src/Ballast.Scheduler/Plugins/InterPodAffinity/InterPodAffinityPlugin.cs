using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Plugins.InterPodAffinity;

/// <summary>Pods that want to be, or must not be, where certain other pods are; and what pods already placed have to say about the new one.</summary>
internal sealed class InterPodAffinityPlugin : IPreFilterPlugin, IPreFilterExtensions, IFilterPlugin, IPreScorePlugin, INormalizeScorePlugin, IEnqueueExtensions
{
    // How much a placed pod's required affinity to the new one counts when nodes are compared.
    private const int HardPodAffinityWeight = 1;
    private static readonly Status AffinityNotMatched = Status.Unresolvable("InterPodAffinity", "node(s) didn't match pod affinity rules");
    private static readonly Status AntiAffinityNotMatched = Status.Unschedulable("InterPodAffinity", "node(s) didn't match pod anti-affinity rules");
    private static readonly Status ExistingAntiAffinityNotMatched = Status.Unschedulable("InterPodAffinity", "node(s) didn't satisfy existing pods anti-affinity rules");

    public string Name => "InterPodAffinity";

    public IReadOnlyList<QueueingHint> Events { get; } =
    [
        new(ClusterEvents.AssignedPodAdded, (pod, _) => pod.RequiredAffinity.Count > 0),
        new(ClusterEvents.AssignedPodUpdated | ClusterEvents.AssignedPodDeleted | ClusterEvents.NodeAdded | ClusterEvents.NodeLabels | ClusterEvents.PodUpdated),
    ];

    public Status? PreFilter(CycleState state, PodInfo pod, Snapshot snapshot)
    {
        var rules = new Rules(snapshot.NamespaceLabels);
        foreach (var node in snapshot.NodesWithRequiredAntiAffinity)
            foreach (var existing in node.Pods)
                rules.CountExisting(pod, existing, node, 1);
        if (pod.RequiredAffinity.Count + pod.RequiredAntiAffinity.Count > 0)
            foreach (var node in snapshot.Nodes)
                foreach (var existing in node.Pods)
                    rules.CountIncoming(pod, existing, node, 1);
        if (rules.Existing.IsEmpty && pod.RequiredAffinity.Count + pod.RequiredAntiAffinity.Count == 0) return Status.Skip;
        state.Write(rules);
        return null;
    }

    public Status? Filter(CycleState state, PodInfo pod, NodeInfo node)
    {
        var rules = state.Read<Rules>();
        if (!SatisfiesAffinity(rules, pod, node)) return AffinityNotMatched;
        foreach (var term in pod.RequiredAntiAffinity)
            if (rules.AntiAffinity.At(node, term.TopologyKey) > 0)
                return AntiAffinityNotMatched;
        return !rules.Existing.IsEmpty && rules.Existing.AnyAt(node) ? ExistingAntiAffinityNotMatched : null;
    }

    public void AddPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node) => Adjust(state, pod, added, node, 1);

    public void RemovePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node) => Adjust(state, pod, removed, node, -1);

    public Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes)
    {
        var wishes = pod.PreferredAffinity.Count + pod.PreferredAntiAffinity.Count > 0;
        var scores = new TopologyCounts();
        var ownNamespace = snapshot.NamespaceLabels(pod.Namespace);
        foreach (var node in wishes ? snapshot.Nodes : snapshot.NodesWithAffinity)
        {
            foreach (var existing in node.Pods)
            {
                if (wishes)
                {
                    var itsNamespace = snapshot.NamespaceLabels(existing.Namespace);
                    Add(scores, pod.PreferredAffinity, existing, itsNamespace, node, 1);
                    Add(scores, pod.PreferredAntiAffinity, existing, itsNamespace, node, -1);
                }
                if (!existing.HasAffinity) continue;
                foreach (var term in existing.RequiredAffinity)
                    if (term.Matches(pod, ownNamespace))
                        scores.Add(node, term.TopologyKey, HardPodAffinityWeight);
                Add(scores, existing.PreferredAffinity, pod, ownNamespace, node, 1);
                Add(scores, existing.PreferredAntiAffinity, pod, ownNamespace, node, -1);
            }
        }
        if (scores.IsEmpty) return Status.Skip;
        state.Write(new Wishes(scores));
        return null;
    }

    public long Score(CycleState state, PodInfo pod, NodeInfo node) => state.Read<Wishes>().Scores.SumAt(node);

    public void NormalizeScore(CycleState state, PodInfo pod, IReadOnlyList<NodeInfo> nodes, Span<long> scores)
    {
        var (least, most) = (long.MaxValue, long.MinValue);
        foreach (var score in scores) (least, most) = (Math.Min(least, score), Math.Max(most, score));
        foreach (ref var score in scores) score = most > least ? (long)(Scores.Max * ((double)(score - least) / (most - least))) : 0;
    }

    private static bool SatisfiesAffinity(Rules rules, PodInfo pod, NodeInfo node)
    {
        if (pod.RequiredAffinity.Count == 0) return true;
        var found = true;
        foreach (var term in pod.RequiredAffinity)
        {
            if (!node.Labels.ContainsKey(term.TopologyKey)) return false;
            found &= rules.Affinity.At(node, term.TopologyKey) > 0;
        }
        // The first pod of a group that wants to be together has nobody to join: it may start anywhere.
        return found || (rules.Affinity.IsEmpty && pod.RequiredAffinity.All(t => t.Matches(pod, rules.NamespaceLabels(pod.Namespace))));
    }

    private static void Adjust(CycleState state, PodInfo pod, PodInfo moved, NodeInfo node, int sign)
    {
        var rules = state.Read<Rules>();
        rules.CountExisting(pod, moved, node, sign);
        rules.CountIncoming(pod, moved, node, sign);
    }

    private static void Add(TopologyCounts scores, IReadOnlyList<AffinityTerm> terms, PodInfo target, IDictionary<string, string>? namespaceLabels, NodeInfo node, int sign)
    {
        foreach (var term in terms)
            if (term.Matches(target, namespaceLabels))
                scores.Add(node, term.TopologyKey, sign * term.Weight);
    }

    /// <summary>How many pods there are in each place that the required rules speak of.</summary>
    private sealed class Rules(Func<string, IDictionary<string, string>?> namespaceLabels) : ICycleData
    {
        public Func<string, IDictionary<string, string>?> NamespaceLabels => namespaceLabels;

        /// <summary>Placed pods that must not be with the new one.</summary>
        public TopologyCounts Existing { get; private init; } = new();

        /// <summary>Placed pods that meet all of the new one's affinity terms.</summary>
        public TopologyCounts Affinity { get; private init; } = new();

        /// <summary>Placed pods that the new one must not be with.</summary>
        public TopologyCounts AntiAffinity { get; private init; } = new();

        public void CountExisting(PodInfo pod, PodInfo existing, NodeInfo node, int sign)
        {
            foreach (var term in existing.RequiredAntiAffinity)
                if (term.Matches(pod, namespaceLabels(pod.Namespace)))
                    Existing.Add(node, term.TopologyKey, sign);
        }

        public void CountIncoming(PodInfo pod, PodInfo existing, NodeInfo node, int sign)
        {
            if (pod.RequiredAffinity.Count + pod.RequiredAntiAffinity.Count == 0) return;
            var labels = namespaceLabels(existing.Namespace);
            if (pod.RequiredAffinity.Count > 0 && pod.RequiredAffinity.All(t => t.Matches(existing, labels)))
                foreach (var term in pod.RequiredAffinity)
                    Affinity.Add(node, term.TopologyKey, sign);
            foreach (var term in pod.RequiredAntiAffinity)
                if (term.Matches(existing, labels))
                    AntiAffinity.Add(node, term.TopologyKey, sign);
        }

        public ICycleData Copy() => new Rules(namespaceLabels) { Existing = Existing.Copy(), Affinity = Affinity.Copy(), AntiAffinity = AntiAffinity.Copy() };
    }

    private sealed record Wishes(TopologyCounts Scores) : ICycleData
    {
        public ICycleData Copy() => this;
    }
}
