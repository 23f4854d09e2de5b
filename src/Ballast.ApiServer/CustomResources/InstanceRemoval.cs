using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiExtensions;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.CustomResources;

/// <summary>Removes the instances of a CRD that is being deleted, then lets go of the CRD. Instances with finalizers are waited for.</summary>
internal sealed class InstanceRemoval(IResourceCatalog catalog, Func<ResourceDefinition, IResourceStore> makeStore, TimeProvider time)
{
    private static readonly GroupResource Crds = new("apiextensions.k8s.io", "customresourcedefinitions");

    /// <summary>True where there is nothing left to do.</summary>
    public async Task<bool> SyncAsync(JsonObject crd, CancellationToken cancel)
    {
        if (!crd.Finalizers.Contains(CustomResourceConditions.CleanupFinalizer))
            return true;
        try
        {
            return await RemoveAsync(crd, cancel);
        }
        catch (StatusException gone) when (gone.Reason == "NotFound")
        {
            // Another server let go of it.
            return true;
        }
    }

    private async Task<bool> RemoveAsync(JsonObject crd, CancellationToken cancel)
    {
        if (InstancesOf(crd) is { } instances)
        {
            if (crd.Condition("Terminating").Text("reason") == "InstanceDeletionPending")
                await SetConditionAsync(crd, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress", cancel);
            if (await DeleteAllAsync(instances, cancel) is var remaining and > 0)
            {
                await SetConditionAsync(crd, "True", "InstanceDeletionCheck", $"could not confirm zero CustomResources remaining: {remaining} left", cancel);
                return false;
            }
            await SetConditionAsync(crd, "False", "InstanceDeletionCompleted", "removed all instances", cancel);
        }
        else
        {
            await SetConditionAsync(crd, "False", "NeverEstablished", "resource was never established", cancel);
        }
        await UpdateAsync(crd, "", current => current.Metadata["finalizers"] =
            new JsonArray([.. current.Finalizers.Where(f => f != CustomResourceConditions.CleanupFinalizer).Select(f => (JsonNode)f)]), cancel);
        return true;
    }

    /// <summary>Null where it was never served: then there are none.</summary>
    private IResourceStore? InstancesOf(JsonObject crd) => CustomResourceKind.IsServed(crd)
        ? makeStore(CustomResourceKind.Stored(crd)) : null;

    /// <returns>How many are still there.</returns>
    private static async Task<int> DeleteAllAsync(IResourceStore instances, CancellationToken cancel)
    {
        foreach (var stored in (await ListAsync(instances, cancel)).Where(o => !o.ToDocument().IsBeingDeleted))
        {
            try
            {
                _ = await instances.DeleteAsync(new(UserInfo.ApiServer, stored.Attributes.Namespace, stored.Attributes.Name), new DeleteOptions(), cancel);
            }
            catch (StatusException gone) when (gone.Reason == "NotFound")
            {
                // Another server, or its owner, was faster.
            }
        }
        return (await ListAsync(instances, cancel)).Count;
    }

    private static async Task<IReadOnlyList<StoredObject>> ListAsync(IResourceStore instances, CancellationToken cancel)
    {
        try
        {
            return (await instances.Objects.ListAsync(new ListQuery(""), cancel)).Objects;
        }
        catch (StorageException failure)
        {
            throw failure.ToStatus(instances.Definition.GroupResource, "");
        }
    }

    private Task SetConditionAsync(JsonObject crd, string status, string reason, string message, CancellationToken cancel) =>
        UpdateAsync(crd, "status", current => CustomResourceConditions.Set(current, "Terminating", status, reason, message, time.GetUtcNow()), cancel);

    private Task UpdateAsync(JsonObject crd, string subresource, Action<JsonObject> change, CancellationToken cancel) =>
        catalog.Find(Crds)!.UpdateAsync(
            new ResourceRequest(UserInfo.ApiServer, "", crd.Name) { Subresource = subresource },
            current =>
            {
                change(current!);
                return current!;
            },
            cancel);
}
