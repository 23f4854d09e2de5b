using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Cache;

/// <summary>
/// The nodes and the pods on them, as the API shows them, and pods that were given a node here but are not yet seen there
/// ("assumed"). Thread-safe.
/// </summary>
/// <remarks>An assumed pod counts until the API shows it bound, shows it gone, or its binding is known to have failed: never by a
/// timer, because a watch that lags must not let a node be given away twice.</remarks>
public sealed class SchedulerCache
{
    private readonly Lock _lock = new(); // guards everything below
    private readonly Dictionary<string, NodeInfo> _nodes = [];
    private readonly Dictionary<string, (PodInfo Pod, string Node)> _pods = [];
    private readonly HashSet<string> _assumed = [];
    private readonly HashSet<string> _changed = [];

    public int NodeCount
    {
        get
        {
            lock (_lock) return _nodes.Values.Count(n => n.Node is not null);
        }
    }

    public int PodCount
    {
        get
        {
            lock (_lock) return _pods.Count;
        }
    }

    public int AssumedCount
    {
        get
        {
            lock (_lock) return _assumed.Count;
        }
    }

    /// <summary>Gives the pod a node, ahead of the API.</summary>
    public void Assume(PodInfo pod, string nodeName)
    {
        lock (_lock)
        {
            if (_pods.ContainsKey(pod.Uid)) throw new InvalidOperationException($"pod {pod} is on a node already");
            Put(pod, nodeName);
            _assumed.Add(pod.Uid);
        }
    }

    /// <summary>Takes back what <see cref="Assume"/> did; nothing where the API has confirmed it meanwhile.</summary>
    public void Forget(PodInfo pod)
    {
        lock (_lock)
        {
            if (_assumed.Remove(pod.Uid)) Remove(pod.Uid);
        }
    }

    public bool IsAssumed(string uid)
    {
        lock (_lock) return _assumed.Contains(uid);
    }

    /// <summary>The API shows this pod on a node: what was assumed is confirmed, or corrected.</summary>
    public void SetPod(PodInfo pod)
    {
        lock (_lock)
        {
            _assumed.Remove(pod.Uid);
            Remove(pod.Uid);
            Put(pod, pod.NodeName);
        }
    }

    /// <summary>The pod is gone, or has ended: its node is free of it.</summary>
    public void RemovePod(string uid)
    {
        lock (_lock)
        {
            _assumed.Remove(uid);
            Remove(uid);
        }
    }

    public void SetNode(V1Node node)
    {
        lock (_lock) Node(node.Metadata.Name).SetNode(node);
    }

    /// <summary>Its pods stay known until the API shows them gone.</summary>
    public void RemoveNode(string name)
    {
        lock (_lock)
        {
            Node(name).ClearNode();
            DropIfEmpty(name);
        }
    }

    /// <summary>The node as it is now, for a look outside the scheduling loop.</summary>
    public NodeInfo? FindNode(string name)
    {
        lock (_lock) return _nodes.GetValueOrDefault(name) is { Node: not null } node ? node.Clone() : null;
    }

    /// <summary>Brings the snapshot up to date; only nodes that changed since the last call are copied. One snapshot a cache.</summary>
    public void Update(Snapshot snapshot)
    {
        lock (_lock)
        {
            if (_changed.Count == 0) return;
            snapshot.Update(_changed.Select(name => (name, _nodes.GetValueOrDefault(name) is { Node: not null } node ? node.Clone() : null)));
            _changed.Clear();
        }
    }

    private NodeInfo Node(string name)
    {
        _changed.Add(name);
        if (!_nodes.TryGetValue(name, out var node)) _nodes[name] = node = new(name);
        return node;
    }

    private void Put(PodInfo pod, string nodeName)
    {
        _pods[pod.Uid] = (pod, nodeName);
        Node(nodeName).AddPod(pod);
    }

    private void Remove(string uid)
    {
        if (!_pods.Remove(uid, out var known)) return;
        Node(known.Node).RemovePod(uid);
        DropIfEmpty(known.Node);
    }

    private void DropIfEmpty(string name)
    {
        if (_nodes[name] is { Node: null, Pods.Count: 0 }) _nodes.Remove(name);
    }
}
