using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Nodes;

/// <summary>Makes the Node and its status from what the machine and the options say.</summary>
internal sealed class NodeStatusBuilder(KubeletOptions options, IRuntime runtime, TimeProvider time)
{
    public V1Node Node() => new()
    {
        ApiVersion = "v1",
        Kind = "Node",
        Metadata = new V1ObjectMeta
        {
            Name = options.NodeName,
            Labels = Labels(),
            Annotations = new Dictionary<string, string> { ["volumes.kubernetes.io/controller-managed-attach-detach"] = "true" },
        },
        Spec = new V1NodeSpec
        {
            Taints = options.Node.Taints.Count > 0 ? [.. options.Node.Taints] : null,
            PodCIDR = options.PodCidr?.ToString(),
            PodCIDRs = options.PodCidr is { } range ? [range.ToString()] : null,
        },
        Status = Status(previous: null),
    };

    public Dictionary<string, string> Labels()
    {
        var labels = new Dictionary<string, string>
        {
            ["beta.kubernetes.io/arch"] = Machine.Architecture,
            ["beta.kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = Machine.Architecture,
            ["kubernetes.io/hostname"] = options.NodeName,
            ["kubernetes.io/os"] = "linux",
        };
        foreach (var (key, value) in options.Node.Labels)
            labels[key] = value;
        return labels;
    }

    /// <param name="previous">The last status, for the times of what did not change.</param>
    public V1NodeStatus Status(V1NodeStatus? previous)
    {
        var capacity = Machine.Capacity(options.RootFolder, options.Node.MaxPods, options.Node.Capacity);
        return new V1NodeStatus
        {
            Addresses =
            [
                new V1NodeAddress { Type = "InternalIP", Address = options.NodeIP.ToString() },
                new V1NodeAddress { Type = "Hostname", Address = options.NodeName },
            ],
            Capacity = capacity,
            Allocatable = Machine.Allocatable(capacity),
            Conditions = Conditions(previous),
            DaemonEndpoints = new V1NodeDaemonEndpoints { KubeletEndpoint = new V1DaemonEndpoint { Port = options.Port } },
            NodeInfo = Machine.Info($"{runtime.Name}://{runtime.Version}"),
        };
    }

    private List<V1NodeCondition> Conditions(V1NodeStatus? previous) =>
    [
        Pressure(previous, "MemoryPressure", Machine.IsShortOfMemory,
            ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available"), ("KubeletHasSufficientMemory", "kubelet has sufficient memory available")),
        Pressure(previous, "DiskPressure", Machine.IsShortOfDisk(options.RootFolder),
            ("KubeletHasDiskPressure", "kubelet has disk pressure"), ("KubeletHasNoDiskPressure", "kubelet has no disk pressure")),
        Pressure(previous, "PIDPressure", Machine.IsShortOfPids,
            ("KubeletHasInsufficientPID", "kubelet has insufficient PID available"), ("KubeletHasSufficientPID", "kubelet has sufficient PID available")),
        Condition(previous, "Ready", true, "KubeletReady", "kubelet is posting ready status"),
    ];

    private V1NodeCondition Pressure(V1NodeStatus? previous, string type, bool holds, (string Reason, string Message) isShort, (string Reason, string Message) isFine) =>
        holds ? Condition(previous, type, true, isShort.Reason, isShort.Message) : Condition(previous, type, false, isFine.Reason, isFine.Message);

    private V1NodeCondition Condition(V1NodeStatus? previous, string type, bool holds, string reason, string message)
    {
        var now = time.GetUtcNow().UtcDateTime;
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond));
        var status = holds ? "True" : "False";
        var before = previous?.Conditions?.FirstOrDefault(c => c.Type == type);
        return new V1NodeCondition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastHeartbeatTime = now,
            LastTransitionTime = before?.Status == status && before.LastTransitionTime is { } since ? since : now,
        };
    }
}
