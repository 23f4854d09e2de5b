using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Framework;
using k8s.Models;

namespace Ballast.Scheduler.Tests;

/// <summary>Nodes and pods for tests, with what the test does not say left as usual.</summary>
internal static class Make
{
    public static V1Node Node(string name, string cpu = "4", string memory = "8Gi", string pods = "110", Action<V1Node>? with = null)
    {
        var node = new V1Node
        {
            ApiVersion = "v1",
            Kind = "Node",
            Metadata = new() { Name = name, Uid = name, Labels = new Dictionary<string, string> { ["kubernetes.io/hostname"] = name } },
            Spec = new() { Taints = [] },
            Status = new() { Allocatable = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(cpu), ["memory"] = new(memory), ["pods"] = new(pods) } },
        };
        with?.Invoke(node);
        return node;
    }

    public static V1Node Labelled(this V1Node node, string key, string value)
    {
        node.Metadata.Labels[key] = value;
        return node;
    }

    public static V1Node Tainted(this V1Node node, string key, string value = "", string effect = "NoSchedule")
    {
        node.Spec.Taints.Add(new() { Key = key, Value = value, Effect = effect });
        return node;
    }

    public static V1Pod Pod(string name, string? cpu = null, string? memory = null, int priority = 0, string? node = null, string labels = "", Action<V1Pod>? with = null)
    {
        var requests = new Dictionary<string, ResourceQuantity>();
        if (cpu is not null) requests["cpu"] = new(cpu);
        if (memory is not null) requests["memory"] = new(memory);
        var pod = new V1Pod
        {
            ApiVersion = "v1",
            Kind = "Pod",
            Metadata = new()
            {
                Name = name,
                NamespaceProperty = "default",
                Uid = "uid-" + name,
                Labels = labels.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')).ToDictionary(l => l[0], l => l[1]),
            },
            Spec = new() { SchedulerName = "default-scheduler", Priority = priority, NodeName = node, Containers = [new() { Name = "main", Image = "app", Resources = new() { Requests = requests } }] },
            Status = new() { Phase = "Pending" },
        };
        with?.Invoke(pod);
        return pod;
    }

    public static PodInfo Info(this V1Pod pod) => new(pod);

    /// <summary>A snapshot of these nodes and of those of the pods that have one.</summary>
    public static Snapshot Snapshot(IEnumerable<V1Node> nodes, params IEnumerable<V1Pod> pods)
    {
        var cache = new SchedulerCache();
        foreach (var node in nodes) cache.SetNode(node);
        foreach (var pod in pods) cache.SetPod(new(pod));
        var snapshot = new Snapshot();
        cache.Update(snapshot);
        return snapshot;
    }

    /// <summary>Runs one plugin's filter on every node: each node's message, empty where the pod fits.</summary>
    public static string Filter(IFilterPlugin plugin, V1Pod pod, Snapshot snapshot)
    {
        var (state, info) = (new CycleState(), new PodInfo(pod));
        if (plugin is IPreFilterPlugin pre && pre.PreFilter(state, info, snapshot) is { } status)
            return status.Code == StatusCode.Skip ? "skipped" : status.Message;
        return string.Join(" | ", snapshot.Nodes.OrderBy(n => n.Name, StringComparer.Ordinal).Select(n => plugin.Filter(state, info, n) is { } s
            ? s.Message + (s.Code == StatusCode.UnschedulableAndUnresolvable ? " !" : "") : ""));
    }

    /// <summary>Runs one plugin's scoring over all nodes.</summary>
    public static string Score(IScorePlugin plugin, V1Pod pod, Snapshot snapshot)
    {
        var (state, info) = (new CycleState(), new PodInfo(pod));
        var nodes = snapshot.Nodes.OrderBy(n => n.Name, StringComparer.Ordinal).ToArray();
        if (plugin is IPreScorePlugin pre && pre.PreScore(state, info, snapshot, nodes) is { Code: StatusCode.Skip }) return "skipped";
        var scores = nodes.Select(n => plugin.Score(state, info, n)).ToArray();
        (plugin as INormalizeScorePlugin)?.NormalizeScore(state, info, nodes, scores);
        return string.Join(' ', scores);
    }
}
