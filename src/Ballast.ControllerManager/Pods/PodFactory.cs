using Ballast.ControllerManager.Ownership;
using k8s;
using k8s.Models;

namespace Ballast.ControllerManager.Pods;

/// <summary>Makes pods from templates.</summary>
public static class PodFactory
{
    /// <summary>A pod of <paramref name="owner"/>; the server completes its name.</summary>
    public static V1Pod FromTemplate(V1PodTemplateSpec template, IKubernetesObject<V1ObjectMeta> owner) => new()
    {
        Metadata = new()
        {
            NamespaceProperty = owner.Metadata.NamespaceProperty,
            GenerateName = owner.Metadata.Name + "-",
            Labels = Copy(template.Metadata?.Labels),
            Annotations = Copy(template.Metadata?.Annotations),
            Finalizers = template.Metadata?.Finalizers,
            OwnerReferences = [owner.NewControllerReference()],
        },
        Spec = template.Spec,
    };

    private static Dictionary<string, string>? Copy(IDictionary<string, string>? source) => source is null ? null : new(source);
}
