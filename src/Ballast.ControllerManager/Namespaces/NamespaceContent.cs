using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using Ballast.ControllerManager.Discovery;
using k8s.Autorest;

namespace Ballast.ControllerManager.Namespaces;

/// <summary>Deletes everything in a namespace, whatever its kind.</summary>
internal sealed class NamespaceContent(ApiClient client, ResourceDiscovery discovery)
{
    private static readonly GroupResource Pods = new("", "pods");

    /// <summary>Asks for the deletion of all content once, and counts what is left. Pods go first: they may need the rest to end well.</summary>
    public async Task<Remains> DeleteAsync(string ns, CancellationToken cancel)
    {
        var remains = new Remains();
        var discovered = await discovery.DiscoverAsync(cancel);
        foreach (var (version, failure) in discovered.Failures)
            remains.DiscoveryFailures[version] = failure;
        var deletable = discovered.Resources.Where(r => r.IsNamespaced && r.Can("delete", "list")).ToLookup(r => r.Resource.GroupResource == Pods);
        foreach (var pods in deletable[true])
            await DeleteAllAsync(ns, pods, remains, cancel);
        await Task.WhenAll(deletable[false].Select(r => DeleteAllAsync(ns, r, remains, cancel)));
        return remains;
    }

    private async Task DeleteAllAsync(string ns, DiscoveredResource resource, Remains remains, CancellationToken cancel)
    {
        var items = client.MetadataOf(resource.Resource);
        var scope = new ListScope(ns);
        try
        {
            var found = (await items.ListAsync(scope, cancel)).Items;
            if (found.Count == 0)
                return;
            if (resource.Can("deletecollection"))
                await items.DeleteCollectionAsync(scope, new() { PropagationPolicy = PropagationPolicy.Background }, cancel);
            else
            {
                foreach (var item in found)
                    await items.TryDeleteAsync(ns, item.Metadata.Name, item.Metadata.Uid, cancel, PropagationPolicy.Background);
            }
            Count(resource, (await items.ListAsync(scope, cancel)).Items, remains);
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.Code == 405)
        {
            // No longer served, or its verbs are not what discovery says: nothing of it can be here.
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            lock (remains)
                remains.DeletionFailures.Add(e.ApiMessage);
        }
    }

    private static void Count(DiscoveredResource resource, IList<PartialObjectMetadata> left, Remains remains)
    {
        if (left.Count == 0)
            return;
        lock (remains)
        {
            // Upstream's notation: the core group leaves the dot behind the resource's name.
            remains.Resources[$"{resource.Resource.Resource}.{resource.Resource.Group}"] = left.Count;
            foreach (var finalizer in left.SelectMany(i => i.Metadata.Finalizers ?? []))
                remains.Finalizers[finalizer] = remains.Finalizers.GetValueOrDefault(finalizer) + 1;
        }
    }
}
