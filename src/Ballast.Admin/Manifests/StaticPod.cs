using k8s;
using k8s.Models;

namespace Ballast.Admin.Manifests;

/// <summary>A component as the static pod that a kubelet runs; laid out as kubeadm's.</summary>
/// <param name="Component"><c>kube-apiserver</c>: the pod's, container's and file's name.</param>
/// <param name="Image">What a container runtime would pull.</param>
/// <param name="Command">The program and its flags.</param>
/// <param name="CpuRequest">As a quantity.</param>
public sealed record StaticPod(string Component, string Image, IReadOnlyList<string> Command, string CpuRequest)
{
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>The executable that has the component in it; null for the one that its kubelet runs.</summary>
    public string? Program { get; init; }

    /// <summary>The pod's label <c>tier</c>: <c>node</c> for what every host has.</summary>
    public string Tier { get; init; } = "control-plane";

    /// <summary>How long it may take to end; null for Kubernetes' 30 s.</summary>
    public long? TerminationGracePeriodSeconds { get; init; }

    /// <summary>Is it alive? A failure restarts the container.</summary>
    public required V1Probe Liveness { get; init; }

    /// <summary>May it be counted on? A failure shows in the pod's Ready condition alone.</summary>
    public V1Probe? Readiness { get; init; }

    /// <summary>How long a start may take: until it succeeds, the other two wait.</summary>
    public V1Probe? Startup { get; init; }

    /// <summary>Files and folders of the host that it uses, by volume name; mounted at the same path.</summary>
    public required IReadOnlyDictionary<string, string> HostPaths { get; init; }

    /// <summary>The volumes that a component writes to.</summary>
    private static readonly string[] Written = ["etcd-data", "backups", "backup-scratch", "load-balancer-state"];

    /// <summary>With further flags; one that is there already gets the new value.</summary>
    public StaticPod With(IReadOnlyList<KeyValuePair<string, string>> arguments) => arguments.Count == 0 ? this : this with
    {
        Command = [.. Command.Where(c => !arguments.Any(a => c.StartsWith($"--{a.Key}=", StringComparison.Ordinal))), .. arguments.Select(a => $"--{a.Key}={a.Value}")],
    };

    /// <summary>The manifest, as YAML.</summary>
    public string Render() => KubernetesYaml.Serialize(new V1Pod
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            Name = Component,
            NamespaceProperty = "kube-system",
            Annotations = Annotations.Count == 0 ? null : new Dictionary<string, string>(Annotations),
            Labels = new Dictionary<string, string> { ["component"] = Component, ["tier"] = Tier },
        },
        Spec = new V1PodSpec
        {
            HostNetwork = true,
            Priority = 2000001000,
            PriorityClassName = "system-node-critical",
            TerminationGracePeriodSeconds = TerminationGracePeriodSeconds,
            SecurityContext = new V1PodSecurityContext { SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" } },
            Containers =
            [
                new V1Container
                {
                    Name = Component,
                    Image = Image,
                    ImagePullPolicy = "IfNotPresent",
                    Command = Program is null ? [.. Command] : [Program, .. Command],
                    LivenessProbe = Liveness,
                    ReadinessProbe = Readiness,
                    StartupProbe = Startup,
                    Resources = new V1ResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["cpu"] = new(CpuRequest) } },
                    VolumeMounts = [.. HostPaths.Select(p => new V1VolumeMount { Name = p.Key, MountPath = p.Value, ReadOnlyProperty = Written.Contains(p.Key) ? null : true })],
                },
            ],
            Volumes = [.. HostPaths.Select(p => new V1Volume
            {
                Name = p.Key,
                HostPath = new V1HostPathVolumeSource { Path = p.Value, Type = p.Value.EndsWith(".conf", StringComparison.Ordinal) ? "FileOrCreate" : "DirectoryOrCreate" },
            })],
        },
    });

    /// <summary>A probe by HTTPS or HTTP, every <paramref name="periodSeconds"/>.</summary>
    public static V1Probe HttpProbe(string scheme, string host, int port, string path, int periodSeconds, int failureThreshold) => new()
    {
        HttpGet = new V1HTTPGetAction { Scheme = scheme, Host = host, Port = port, Path = path },
        PeriodSeconds = periodSeconds,
        FailureThreshold = failureThreshold,
        TimeoutSeconds = 15,
    };
}
