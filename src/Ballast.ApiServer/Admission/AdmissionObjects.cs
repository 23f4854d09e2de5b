using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Admission;

/// <summary>How plugins read other objects: from the cache, and from etcd where the cache does not have it (yet).</summary>
public sealed class AdmissionObjects(IResourceCatalog catalog)
{
    /// <summary>Null where there is none.</summary>
    public async ValueTask<JsonObject?> FindAsync(GroupResource resource, string ns, string name, CancellationToken cancel)
    {
        var objects = Store(resource).Objects;
        var key = ns.Length == 0 ? name : $"{ns}/{name}";
        var found = await objects.GetAsync(key, ReadConsistency.Any, cancel) ?? await objects.GetAsync(key, ReadConsistency.Linearizable, cancel);
        return found?.ToDocument();
    }

    /// <summary>All there are, or those of a namespace, as the cache has them.</summary>
    public async ValueTask<IReadOnlyList<JsonObject>> ListAsync(GroupResource resource, string ns, CancellationToken cancel)
    {
        var list = await Store(resource).Objects.ListAsync(new ListQuery(ns.Length == 0 ? "" : ns + "/") { Consistency = ReadConsistency.Any }, cancel);
        return [.. list.Objects.Select(o => o.ToDocument())];
    }

    private IResourceStore Store(GroupResource resource) => catalog.Find(resource) ?? throw StatusException.Internal($"admission needs {resource}, which are not served");
}
