using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>What the kubelet reads off a pod in more than one place.</summary>
internal static class PodExtensions
{
    public const string SourceAnnotation = "kubernetes.io/config.source";
    public const string HashAnnotation = "kubernetes.io/config.hash";
    public const string SeenAnnotation = "kubernetes.io/config.seen";
    public const string MirrorAnnotation = "kubernetes.io/config.mirror";
    private const double DefaultGraceSeconds = 30;

    extension(V1Pod pod)
    {
        /// <summary><c>name_namespace(uid)</c>, as upstream's messages name a pod.</summary>
        public string Described => $"{pod.Metadata.Name}_{pod.Metadata.NamespaceProperty}({pod.Metadata.Uid})";

        /// <summary>Who this pod is to a user; two pods with different uids may claim it one after the other.</summary>
        public string FullName => $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";

        /// <summary>From a manifest file of this node.</summary>
        public bool IsStatic => pod.Metadata.Annotations is { } a && a.TryGetValue(SourceAnnotation, out var source) && source != "api";

        /// <summary>The API server's image of a static pod.</summary>
        public bool IsMirror => pod.Metadata.Annotations is { } a && a.ContainsKey(MirrorAnnotation);

        public bool IsTerminal => pod.Status?.Phase is PodPhase.Succeeded or PodPhase.Failed;

        public TimeSpan GracePeriod => TimeSpan.FromSeconds(pod.Spec.TerminationGracePeriodSeconds ?? DefaultGraceSeconds);

        public string RestartPolicy => pod.Spec.RestartPolicy ?? Pods.RestartPolicy.Always;

        /// <summary>Init containers first, then the others, in the order of the spec.</summary>
        public IEnumerable<V1Container> AllContainers => (pod.Spec.InitContainers ?? []).Concat(pod.Spec.Containers ?? []);

        /// <summary>How a container of this pod is treated when it ends.</summary>
        public string RestartPolicyOf(V1Container container, bool isInit) =>
            container.RestartPolicy ?? (isInit && pod.RestartPolicy == Pods.RestartPolicy.Always ? Pods.RestartPolicy.OnFailure : pod.RestartPolicy);
    }

    extension(V1Container container)
    {
        /// <summary>An init container that goes on running beside the others.</summary>
        public bool IsSidecar => container.RestartPolicy == RestartPolicy.Always;
    }
}

internal static class RestartPolicy
{
    public const string Always = "Always";
    public const string OnFailure = "OnFailure";
    public const string Never = "Never";
}

internal static class PodPhase
{
    public const string Pending = "Pending";
    public const string Running = "Running";
    public const string Succeeded = "Succeeded";
    public const string Failed = "Failed";
}
