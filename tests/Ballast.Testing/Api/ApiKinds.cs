using Ballast.ApiMachinery.Objects;
using k8s;
using k8s.Models;

namespace Ballast.Testing.Api;

/// <summary>A kind that the in-memory API serves.</summary>
public sealed record ApiKind(GroupVersionResource Resource, string Kind, bool IsNamespaced);

/// <summary>The built-in kinds, read from KubernetesClient's models.</summary>
internal static class ApiKinds
{
    private static readonly HashSet<string> ClusterScoped =
    [
        "Namespace", "Node", "PersistentVolume", "ClusterRole", "ClusterRoleBinding", "CertificateSigningRequest", "PriorityClass",
        "StorageClass", "CSINode", "CSIDriver", "VolumeAttachment", "RuntimeClass", "IngressClass", "CustomResourceDefinition", "APIService",
        "FlowSchema", "PriorityLevelConfiguration", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "IPAddress", "ServiceCIDR", "DeviceClass", "ResourceSlice",
    ];

    public static readonly IReadOnlyList<ApiKind> BuiltIn =
    [
        .. typeof(V1Pod).Assembly.GetTypes()
            .Where(t => typeof(IKubernetesObject<V1ObjectMeta>).IsAssignableFrom(t))
            .Select(t => (KubernetesEntityAttribute?)Attribute.GetCustomAttribute(t, typeof(KubernetesEntityAttribute)))
            .OfType<KubernetesEntityAttribute>()
            .Where(e => e.ApiVersion is "v1" or "v2" && e.PluralName.Length > 0)
            .Select(e => new ApiKind(new(e.Group, e.ApiVersion, e.PluralName), e.Kind, !ClusterScoped.Contains(e.Kind)))
            .DistinctBy(k => k.Resource),
    ];
}
