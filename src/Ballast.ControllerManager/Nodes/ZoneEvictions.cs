using Ballast.ControllerManager.Options;
using k8s.Models;

namespace Ballast.ControllerManager.Nodes;

/// <summary>How a zone is doing.</summary>
internal enum ZoneState
{
    Normal,

    /// <summary>Many of its nodes are not ready.</summary>
    PartialDisruption,

    /// <summary>None of its nodes is ready.</summary>
    FullDisruption,
}

/// <summary>
/// How fast nodes may be emptied, a zone: in a disrupted zone slowly or not at all, because then the network is a likelier cause than
/// the nodes; and nowhere while no zone has a ready node, because then it is likelier this controller that is cut off.
/// </summary>
internal sealed class ZoneEvictions(ControllerManagerOptions options, TimeProvider time)
{
    private readonly Dictionary<string, (double Tokens, long At)> _buckets = [];
    private Dictionary<string, (ZoneState State, int Nodes)> _zones = [];

    /// <summary>No zone has a ready node: nothing is to be evicted, and what was begun is taken back.</summary>
    public bool IsMasterDisruption => _zones.Count > 0 && _zones.Values.All(z => z.State == ZoneState.FullDisruption);

    public void Observe(IEnumerable<V1Node> nodes) => _zones = nodes.GroupBy(ZoneOf).ToDictionary(g => g.Key, g =>
    {
        var (ready, all) = (g.Count(n => n.IsReady), g.Count());
        return (StateOf(ready, all - ready), all);
    });

    /// <summary>Takes one node's turn; false where the zone's next is not due.</summary>
    public bool TryTake(V1Node node)
    {
        var zone = ZoneOf(node);
        var now = time.GetTimestamp();
        var (tokens, at) = _buckets.GetValueOrDefault(zone, (1, now));
        tokens = Math.Min(1, tokens + time.GetElapsedTime(at, now).TotalSeconds * Rate(zone));
        var taken = !IsMasterDisruption && Rate(zone) > 0 && tokens >= 1;
        _buckets[zone] = (taken ? tokens - 1 : tokens, now);
        return taken;
    }

    private double Rate(string zone) => _zones.GetValueOrDefault(zone) switch
    {
        (ZoneState.PartialDisruption, var nodes) => nodes > options.LargeClusterSizeThreshold ? options.SecondaryNodeEvictionRate : 0,
        _ => options.NodeEvictionRate,
    };

    private ZoneState StateOf(int ready, int notReady) =>
        ready == 0 && notReady > 0 ? ZoneState.FullDisruption
        : notReady > 2 && (double)notReady / (ready + notReady) >= options.UnhealthyZoneThreshold ? ZoneState.PartialDisruption
        : ZoneState.Normal;

    private static string ZoneOf(V1Node node) =>
        $"{Label(node, "topology.kubernetes.io/region")}:{Label(node, "topology.kubernetes.io/zone")}";

    private static string Label(V1Node node, string key) => node.Metadata.Labels is { } labels && labels.TryGetValue(key, out var value) ? value : "";
}
