using k8s.Models;

namespace Ballast.ControllerManager.Nodes;

/// <summary>The taints that say what is wrong with a node, and which pods put up with them. No I/O.</summary>
internal static class Taints
{
    public const string NoSchedule = "NoSchedule";
    public const string NoExecute = "NoExecute";
    public const string NotReady = "node.kubernetes.io/not-ready";
    public const string Unreachable = "node.kubernetes.io/unreachable";
    public const string Unschedulable = "node.kubernetes.io/unschedulable";

    private static readonly (string Condition, string Status, string Key)[] ByCondition =
    [
        ("Ready", "False", NotReady),
        ("Ready", "Unknown", Unreachable),
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
    ];

    private static readonly HashSet<string> OwnNoSchedule = [.. ByCondition.Select(c => c.Key), Unschedulable];

    extension(V1Node node)
    {
        public V1NodeCondition? Condition(string type) => node.Status?.Conditions?.FirstOrDefault(c => c.Type == type);

        public bool IsReady => node.Condition("Ready")?.Status == "True";

        public IEnumerable<V1Taint> NoExecuteTaints => (node.Spec?.Taints ?? []).Where(t => t.Effect == NoExecute);
    }

    /// <summary>The node's taints with those of effect NoSchedule that its conditions ask for, and without those they no longer do.</summary>
    public static List<V1Taint> WithNoSchedule(V1Node node, DateTime now)
    {
        var wanted = ByCondition.Where(c => node.Condition(c.Condition)?.Status == c.Status).Select(c => c.Key).ToHashSet();
        if (node.Spec?.Unschedulable == true)
            wanted.Add(Unschedulable);
        return With(node, NoSchedule, wanted, OwnNoSchedule, now);
    }

    /// <summary>The node's taints with the NoExecute taint of that key and no other of this controller's; with none for null.</summary>
    public static List<V1Taint> WithNoExecute(V1Node node, string? key, DateTime now) =>
        With(node, NoExecute, key is null ? [] : [key], [NotReady, Unreachable], now);

    /// <summary>How long a pod may stay on a node with these taints: null for ever, zero not at all.</summary>
    public static TimeSpan? Tolerated(IEnumerable<V1Taint> taints, IList<V1Toleration>? tolerations, out bool forever)
    {
        TimeSpan? shortest = null;
        foreach (var taint in taints)
        {
            var matching = (tolerations ?? []).Where(t => Tolerates(t, taint)).ToList();
            if (matching.Count == 0)
            {
                forever = false;
                return TimeSpan.Zero;
            }
            foreach (var seconds in matching.Select(t => t.TolerationSeconds).OfType<long>())
            {
                var limit = TimeSpan.FromSeconds(Math.Clamp(seconds, 0, int.MaxValue));
                shortest = shortest is null || limit < shortest ? limit : shortest;
            }
        }
        forever = shortest is null;
        return shortest;
    }

    private static bool Tolerates(V1Toleration toleration, V1Taint taint) =>
        (string.IsNullOrEmpty(toleration.Effect) || toleration.Effect == taint.Effect)
        && (string.IsNullOrEmpty(toleration.Key) || toleration.Key == taint.Key)
        && (toleration.OperatorProperty == "Exists" || (!string.IsNullOrEmpty(toleration.Key) && (toleration.Value ?? "") == (taint.Value ?? "")));

    private static List<V1Taint> With(V1Node node, string effect, HashSet<string> wanted, HashSet<string> owned, DateTime now)
    {
        var taints = new List<V1Taint>();
        foreach (var taint in node.Spec?.Taints ?? [])
        {
            if (taint.Effect != effect || !owned.Contains(taint.Key))
                taints.Add(taint);
            else if (wanted.Remove(taint.Key))
                taints.Add(taint);
        }
        taints.AddRange(wanted.Order(StringComparer.Ordinal).Select(key => new V1Taint { Key = key, Effect = effect, TimeAdded = now }));
        return taints;
    }
}
