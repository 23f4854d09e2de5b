using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>A node and the pods on it, with their sums. Changed by its owner only: the cache, or a simulation that made a clone.</summary>
public sealed class NodeInfo
{
    private static readonly IDictionary<string, string> NoLabels = new Dictionary<string, string>();
    private readonly List<PodInfo> _pods;
    private readonly List<HostPort> _usedPorts;

    public NodeInfo(string name)
    {
        Name = name;
        (_pods, _usedPorts, Requested, NonZeroRequested) = ([], [], new(), new());
    }

    private NodeInfo(NodeInfo other)
    {
        Name = other.Name;
        _pods = [.. other._pods];
        _usedPorts = [.. other._usedPorts];
        Requested = other.Requested.Clone();
        NonZeroRequested = other.NonZeroRequested.Clone();
        (Node, Labels, Taints, Allocatable, AllowedPods, Images) = (other.Node, other.Labels, other.Taints, other.Allocatable, other.AllowedPods, other.Images);
        (PodsWithAffinity, PodsWithRequiredAntiAffinity) = (other.PodsWithAffinity, other.PodsWithRequiredAntiAffinity);
    }

    public string Name { get; }

    /// <summary>Null while only its pods are known.</summary>
    public V1Node? Node { get; private set; }

    public IDictionary<string, string> Labels { get; private set; } = NoLabels;

    public IReadOnlyList<V1Taint> Taints { get; private set; } = [];

    public Resources Allocatable { get; private set; } = new();

    public long AllowedPods { get; private set; }

    /// <summary>The images on it, by every name each has, with their sizes.</summary>
    public IReadOnlyDictionary<string, long> Images { get; private set; } = new Dictionary<string, long>();

    public IReadOnlyList<PodInfo> Pods => _pods;

    public IReadOnlyList<HostPort> UsedPorts => _usedPorts;

    public Resources Requested { get; }

    public Resources NonZeroRequested { get; }

    /// <summary>How many of its pods have any affinity term.</summary>
    public int PodsWithAffinity { get; private set; }

    public int PodsWithRequiredAntiAffinity { get; private set; }

    public void SetNode(V1Node node)
    {
        Node = node;
        Labels = node.Metadata.Labels ?? NoLabels;
        Taints = [.. node.Spec?.Taints ?? []];
        Allocatable = Resources.From(node.Status?.Allocatable);
        AllowedPods = node.Status?.Allocatable is { } list && list.TryGetValue(Resources.Pods, out var pods) ? Resources.Amount(Resources.Pods, pods) : 0;
        var images = new Dictionary<string, long>();
        foreach (var image in node.Status?.Images ?? [])
            foreach (var name in image.Names ?? [])
                images[name] = image.SizeBytes ?? 0;
        Images = images;
    }

    public void ClearNode() => Node = null;

    public void AddPod(PodInfo pod)
    {
        _pods.Add(pod);
        Count(pod, 1);
        _usedPorts.AddRange(pod.HostPorts);
    }

    /// <summary>True where a pod with that uid was there.</summary>
    public bool RemovePod(string uid)
    {
        var index = _pods.FindIndex(p => p.Uid == uid);
        if (index < 0) return false;
        var pod = _pods[index];
        _pods.RemoveAt(index);
        Count(pod, -1);
        foreach (var port in pod.HostPorts) _usedPorts.Remove(port);
        return true;
    }

    public NodeInfo Clone() => new(this);

    private void Count(PodInfo pod, int sign)
    {
        Requested.Add(pod.Requests, sign);
        NonZeroRequested.Add(pod.NonZeroRequests, sign);
        if (pod.HasAffinity) PodsWithAffinity += sign;
        if (pod.RequiredAntiAffinity.Count > 0) PodsWithRequiredAntiAffinity += sign;
    }

    public override string ToString() => Name;
}
