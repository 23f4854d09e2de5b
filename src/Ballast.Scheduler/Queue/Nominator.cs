using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Queue;

/// <summary>Pods that wait for their victims to leave a node, by node: others must not take the room that was made for them. Thread-safe.</summary>
public sealed class Nominator
{
    private readonly Lock _lock = new(); // guards both maps
    private readonly Dictionary<string, List<PodInfo>> _byNode = [];
    private readonly Dictionary<string, string> _nodeOf = [];

    public void Nominate(PodInfo pod, string nodeName)
    {
        lock (_lock)
        {
            Withdraw(pod.Uid);
            _nodeOf[pod.Uid] = nodeName;
            if (!_byNode.TryGetValue(nodeName, out var pods)) _byNode[nodeName] = pods = [];
            pods.Add(pod);
        }
    }

    public void Withdraw(string uid)
    {
        lock (_lock)
        {
            if (!_nodeOf.Remove(uid, out var node)) return;
            _byNode[node].RemoveAll(p => p.Uid == uid);
            if (_byNode[node].Count == 0) _byNode.Remove(node);
        }
    }

    public IReadOnlyList<PodInfo> On(string nodeName)
    {
        lock (_lock) return _byNode.TryGetValue(nodeName, out var pods) ? [.. pods] : [];
    }

    public string? NodeOf(string uid)
    {
        lock (_lock) return _nodeOf.GetValueOrDefault(uid);
    }

    public bool IsEmpty
    {
        get
        {
            lock (_lock) return _nodeOf.Count == 0;
        }
    }
}
