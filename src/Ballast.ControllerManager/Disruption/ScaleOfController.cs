using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Ownership;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Disruption;

/// <summary>How many pods a pod's controller wants, and which object says so.</summary>
internal sealed record ControllerScale(string Uid, int Scale);

/// <summary>Finds the object whose size counts for a pod: the Deployment above a ReplicaSet, else the controller itself.</summary>
internal sealed class ScaleOfController(ControllerContext context)
{
    private readonly Informer<V1ReplicaSet> _sets = context.Informers.For<V1ReplicaSet>();
    private readonly Informer<V1Deployment> _deployments = context.Informers.For<V1Deployment>();
    private readonly Informer<V1StatefulSet> _stateful = context.Informers.For<V1StatefulSet>();
    private readonly Informer<V1ReplicationController> _replication = context.Informers.For<V1ReplicationController>();

    /// <summary>Null where the pod has no controller, or one whose size cannot be told.</summary>
    public async Task<ControllerScale?> FindAsync(V1Pod pod, CancellationToken cancel)
    {
        if (pod.Metadata.ControllerReference is not { } controller)
            return null;
        var ns = pod.Metadata.NamespaceProperty;
        return controller.Kind switch
        {
            "ReplicaSet" => OfReplicaSet(ns, controller),
            "StatefulSet" => Same(_stateful.Store.Get(ns, controller.Name), controller) is { } s ? new(controller.Uid, s.Spec.Replicas ?? 1) : null,
            "ReplicationController" => Same(_replication.Store.Get(ns, controller.Name), controller) is { } r ? new(controller.Uid, r.Spec.Replicas ?? 1) : null,
            _ => await OfScaleAsync(ns, controller, cancel),
        };
    }

    private ControllerScale? OfReplicaSet(string ns, V1OwnerReference controller)
    {
        if (Same(_sets.Store.Get(ns, controller.Name), controller) is not { } set)
            return null;
        return set.Metadata.ControllerReference is { Kind: "Deployment" } above
            ? Same(_deployments.Store.Get(ns, above.Name), above) is { } deployment ? new(above.Uid, deployment.Spec.Replicas ?? 1) : null
            : new(controller.Uid, set.Spec.Replicas ?? 1);
    }

    /// <summary>Any other kind, custom ones included, by its scale subresource.</summary>
    private async Task<ControllerScale?> OfScaleAsync(string ns, V1OwnerReference controller, CancellationToken cancel)
    {
        var version = GroupVersion.Parse(controller.ApiVersion);
        var root = version.Group.Length == 0 ? $"api/{version}" : $"apis/{version}";
        try
        {
            var resources = await context.Client.GetAsync<V1APIResourceList>(root, cancel);
            if (resources.Resources.FirstOrDefault(r => r.Kind == controller.Kind && !r.Name.Contains('/', StringComparison.Ordinal)) is not { } resource)
                return null;
            var scale = await context.Client.GetAsync<V1Scale>($"{root}/namespaces/{ns}/{resource.Name}/{controller.Name}/scale", cancel);
            return scale.Metadata.Uid == controller.Uid ? new(controller.Uid, scale.Spec?.Replicas ?? 0) : null;
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    private static T? Same<T>(T? found, V1OwnerReference reference) where T : class, IKubernetesObject<V1ObjectMeta> =>
        found?.Metadata.Uid == reference.Uid ? found : null;
}
