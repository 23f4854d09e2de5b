using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Plugins.InterPodAffinity;

/// <summary>Numbers by place: a topology's key and the value a node has for it.</summary>
internal sealed class TopologyCounts
{
    private readonly Dictionary<(string Key, string Value), long> _counts;

    public TopologyCounts() => _counts = [];

    private TopologyCounts(TopologyCounts other) => _counts = new(other._counts);

    public bool IsEmpty => _counts.Count == 0;

    public void Add(NodeInfo node, string topologyKey, long amount)
    {
        if (amount == 0 || !node.Labels.TryGetValue(topologyKey, out var value)) return;
        if ((_counts[(topologyKey, value)] = _counts.GetValueOrDefault((topologyKey, value)) + amount) == 0) _counts.Remove((topologyKey, value));
    }

    /// <summary>The number where the node is; 0 where it is outside the topology.</summary>
    public long At(NodeInfo node, string topologyKey) =>
        node.Labels.TryGetValue(topologyKey, out var value) ? _counts.GetValueOrDefault((topologyKey, value)) : 0;

    /// <summary>Over every topology the node is part of.</summary>
    public long SumAt(NodeInfo node)
    {
        long sum = 0;
        foreach (var ((key, value), count) in _counts)
            if (node.Labels.TryGetValue(key, out var own) && own == value)
                sum += count;
        return sum;
    }

    public bool AnyAt(NodeInfo node)
    {
        foreach (var ((key, value), count) in _counts)
            if (count > 0 && node.Labels.TryGetValue(key, out var own) && own == value)
                return true;
        return false;
    }

    public TopologyCounts Copy() => new(this);
}
