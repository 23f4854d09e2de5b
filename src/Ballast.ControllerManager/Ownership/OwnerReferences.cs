using k8s;
using k8s.Models;

namespace Ballast.ControllerManager.Ownership;

/// <summary>Who controls what.</summary>
public static class OwnerReferences
{
    extension(V1ObjectMeta metadata)
    {
        /// <summary>The owner that manages this object; there is at most one.</summary>
        public V1OwnerReference? ControllerReference
        {
            get
            {
                foreach (var owner in metadata.OwnerReferences ?? [])
                {
                    if (owner.Controller == true)
                        return owner;
                }
                return null;
            }
        }

        public bool IsControlledBy(IKubernetesObject<V1ObjectMeta> owner) => metadata.ControllerReference?.Uid == owner.Metadata.Uid;
    }

    /// <summary>The reference that the owner's dependents carry.</summary>
    public static V1OwnerReference NewControllerReference(this IKubernetesObject<V1ObjectMeta> owner) => new()
    {
        ApiVersion = owner.ApiVersion,
        Kind = owner.Kind,
        Name = owner.Metadata.Name,
        Uid = owner.Metadata.Uid,
        Controller = true,
        BlockOwnerDeletion = true,
    };
}
