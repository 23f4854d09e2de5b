using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using k8s.Models;

namespace Ballast.ControllerManager.GarbageCollection;

/// <summary>Which object: enough to ask the API for it.</summary>
internal sealed record Identity(string ApiVersion, string Kind, string Namespace, string Name, string Uid)
{
    public GroupKind GroupKind => new(GroupVersion.Parse(ApiVersion).Group, Kind);

    public override string ToString() => $"{Kind} {(Namespace.Length == 0 ? Name : $"{Namespace}/{Name}")}";
}

/// <summary>An object in the graph. Fields are guarded by the graph's lock; the identity does not change.</summary>
internal sealed class Node(Identity identity)
{
    public Identity Identity { get; } = identity;

    /// <summary>Known only from its dependents' references: it may not exist.</summary>
    public bool IsVirtual { get; set; }

    public bool IsBeingDeleted { get; set; }

    /// <summary>Its deletion is in the foreground: it waits for its blocking dependents.</summary>
    public bool IsDeletingDependents { get; set; }

    public IList<V1OwnerReference> Owners { get; set; } = [];

    public HashSet<Node> Dependents { get; } = [];
}

/// <summary>The finalizers by which a deletion's propagation policy is kept on the object.</summary>
internal static class PropagationFinalizers
{
    public const string Orphan = "orphan";
    public const string Foreground = "foregroundDeletion";

    public static bool Has(this V1ObjectMeta metadata, string finalizer) => metadata.Finalizers?.Contains(finalizer) == true;

    /// <summary>The policy that a deletion of the object must keep to.</summary>
    public static string PolicyOf(V1ObjectMeta metadata) =>
        metadata.Has(Orphan) ? PropagationPolicy.Orphan
        : metadata.Has(Foreground) ? PropagationPolicy.Foreground
        : PropagationPolicy.Background;
}
