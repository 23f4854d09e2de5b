using Ballast.Client;
using k8s.Models;

namespace Ballast.Scheduler.Framework;

/// <summary>A pod with everything scheduling asks about it worked out once. Immutable.</summary>
public sealed class PodInfo
{
    private static readonly IDictionary<string, string> NoLabels = new Dictionary<string, string>();

    public PodInfo(V1Pod pod)
    {
        Pod = pod;
        Key = ObjectKey.Of(pod);
        Labels = pod.Metadata.Labels ?? NoLabels;
        Requests = PodRequests.Of(pod.Spec, withDefaults: false);
        NonZeroRequests = PodRequests.Of(pod.Spec, withDefaults: true);
        HostPorts = HostPort.Of(pod.Spec);
        RequiredAffinity = AffinityTerm.Of(pod, pod.Spec.Affinity?.PodAffinity?.RequiredDuringSchedulingIgnoredDuringExecution);
        RequiredAntiAffinity = AffinityTerm.Of(pod, pod.Spec.Affinity?.PodAntiAffinity?.RequiredDuringSchedulingIgnoredDuringExecution);
        PreferredAffinity = AffinityTerm.Of(pod, pod.Spec.Affinity?.PodAffinity?.PreferredDuringSchedulingIgnoredDuringExecution);
        PreferredAntiAffinity = AffinityTerm.Of(pod, pod.Spec.Affinity?.PodAntiAffinity?.PreferredDuringSchedulingIgnoredDuringExecution);
    }

    public V1Pod Pod { get; }

    public ObjectKey Key { get; }

    public string Uid => Pod.Metadata.Uid;

    public string Namespace => Key.Namespace;

    public IDictionary<string, string> Labels { get; }

    public int Priority => Pod.Spec.Priority ?? 0;

    public bool IsTerminating => Pod.Metadata.DeletionTimestamp is not null;

    public Resources Requests { get; }

    /// <summary>As <see cref="Requests"/>, with a small amount for containers that ask for none, so that they too are spread.</summary>
    public Resources NonZeroRequests { get; }

    public IReadOnlyList<HostPort> HostPorts { get; }

    public IReadOnlyList<AffinityTerm> RequiredAffinity { get; }

    public IReadOnlyList<AffinityTerm> RequiredAntiAffinity { get; }

    public IReadOnlyList<AffinityTerm> PreferredAffinity { get; }

    public IReadOnlyList<AffinityTerm> PreferredAntiAffinity { get; }

    public bool HasAffinity => RequiredAffinity.Count + RequiredAntiAffinity.Count + PreferredAffinity.Count + PreferredAntiAffinity.Count > 0;

    /// <summary>The node's name; empty while the pod has none.</summary>
    public string NodeName => Pod.Spec.NodeName ?? "";

    public override string ToString() => Key.ToString();
}
