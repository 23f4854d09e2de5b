using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Cache;

/// <summary>The nodes as they were at the start of a scheduling attempt. Read by the scheduling loop only.</summary>
public sealed class Snapshot
{
    private readonly Dictionary<string, NodeInfo> _byName = [];

    /// <summary>In an order that takes zones in turn.</summary>
    public IReadOnlyList<NodeInfo> Nodes { get; private set; } = [];

    public IReadOnlyList<NodeInfo> NodesWithAffinity { get; private set; } = [];

    public IReadOnlyList<NodeInfo> NodesWithRequiredAntiAffinity { get; private set; } = [];

    /// <summary>Labels of namespaces, for affinity terms that select namespaces.</summary>
    public Func<string, IDictionary<string, string>?> NamespaceLabels { get; init; } = _ => null;

    /// <summary>On how many nodes each image is.</summary>
    public Dictionary<string, int> ImageSpread { get; } = [];

    public NodeInfo? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Takes over <paramref name="changed"/> nodes (null: gone), which this snapshot owns from now on.</summary>
    internal void Update(IEnumerable<(string Name, NodeInfo? Node)> changed)
    {
        var reorder = false;
        var any = false;
        foreach (var (name, node) in changed)
        {
            any = true;
            var before = _byName.GetValueOrDefault(name);
            if (!ReferenceEquals(before?.Images, node?.Images))
            {
                CountImages(before, -1);
                CountImages(node, 1);
            }
            if (node is null) _byName.Remove(name);
            else _byName[name] = node;
            reorder |= before is null || node is null || ZoneOf(before) != ZoneOf(node);
        }
        if (!any) return;
        Nodes = reorder ? TakeZonesInTurn() : [.. Nodes.Select(n => _byName[n.Name])];
        NodesWithAffinity = [.. Nodes.Where(n => n.PodsWithAffinity > 0)];
        NodesWithRequiredAntiAffinity = [.. Nodes.Where(n => n.PodsWithRequiredAntiAffinity > 0)];
    }

    private void CountImages(NodeInfo? node, int sign)
    {
        foreach (var image in node?.Images.Keys ?? [])
            if ((ImageSpread[image] = ImageSpread.GetValueOrDefault(image) + sign) == 0)
                ImageSpread.Remove(image);
    }

    private NodeInfo[] TakeZonesInTurn()
    {
        var zones = _byName.Values.GroupBy(ZoneOf).OrderBy(z => z.Key, StringComparer.Ordinal)
            .Select(z => z.OrderBy(n => n.Name, StringComparer.Ordinal).ToArray()).ToArray();
        var rounds = zones.Length == 0 ? 0 : zones.Max(z => z.Length);
        return [.. Enumerable.Range(0, rounds).SelectMany(i => zones.Where(z => i < z.Length).Select(z => z[i]))];
    }

    private static string ZoneOf(NodeInfo node) =>
        node.Labels.TryGetValue("topology.kubernetes.io/region", out var region) | node.Labels.TryGetValue("topology.kubernetes.io/zone", out var zone)
            ? $"{region}/{zone}" : "";
}
