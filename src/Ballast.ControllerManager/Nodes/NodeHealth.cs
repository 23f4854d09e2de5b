using k8s.Models;

namespace Ballast.ControllerManager.Nodes;

/// <summary>When each node was last heard of, by this process's monotonic clock: the clocks of nodes decide nothing.</summary>
internal sealed class NodeHealth(TimeProvider time)
{
    private readonly Dictionary<string, Seen> _seen = [];

    /// <summary>Notes what the node and its lease show now.</summary>
    /// <returns>How long ago it last showed a sign of life.</returns>
    public TimeSpan Observe(V1Node node, V1Lease? lease)
    {
        var now = time.GetTimestamp();
        var renewed = lease?.Spec?.RenewTime;
        if (!_seen.TryGetValue(node.Metadata.Name, out var seen) || seen.Uid != node.Metadata.Uid)
            seen = new(node.Metadata.Uid, renewed, Heartbeats(node), now);
        else if (renewed != seen.Renewed || !seen.Heartbeats.SequenceEqual(Heartbeats(node)))
            seen = new(seen.Uid, renewed, Heartbeats(node), now);
        _seen[node.Metadata.Name] = seen;
        return time.GetElapsedTime(seen.At, now);
    }

    public void Forget(string node) => _seen.Remove(node);

    /// <summary>The kubelet writes these; our own writes leave them as they are.</summary>
    private static DateTime?[] Heartbeats(V1Node node) => [.. (node.Status?.Conditions ?? []).Select(c => c.LastHeartbeatTime)];

    private sealed record Seen(string Uid, DateTime? Renewed, DateTime?[] Heartbeats, long At);
}
