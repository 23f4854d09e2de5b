using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Serves resource requests: finds the resource, refuses what it does not have, and hands over to the verb.</summary>
public sealed class ResourceEndpoints
{
    private readonly IResourceCatalog _catalog;
    private readonly ReadEndpoints _reads;
    private readonly WatchEndpoint _watch;
    private readonly WriteEndpoints _writes;
    private readonly DeleteEndpoints _deletes;
    private readonly SubresourceEndpoints _subresources;
    private readonly VirtualEndpoints _virtual;

    /// <param name="catalog">What is served.</param>
    /// <param name="minimumWatch">How long a watch without a timeout of its own lasts at least.</param>
    /// <param name="time">The clock.</param>
    public ResourceEndpoints(IResourceCatalog catalog, TimeSpan minimumWatch, TimeProvider time)
    {
        _catalog = catalog;
        _reads = new(time);
        _watch = new(_reads, minimumWatch, time);
        _writes = new(_reads, time);
        _deletes = new(_reads);
        _subresources = new(_reads, _writes);
        _virtual = new(_reads);
    }

    /// <summary>False where no group and version of that name is served, which is not this class's answer to give.</summary>
    /// <exception cref="StatusException">The failure, as the client gets it.</exception>
    public async ValueTask<bool> TryServeAsync(ApiRequest request)
    {
        var info = request.Info;
        if (_catalog.Find(new GroupVersionResource(info.Group, info.Version, info.Resource)) is not { } store)
        {
            if (_catalog.Definitions.Any(d => d.Group == info.Group && d.Versions.Any(v => v.Name == info.Version)))
                throw StatusException.PathNotFound();
            return false;
        }
        var scope = new ResourceScope(store, store.Definition.Versions.First(v => v.Name == info.Version));
        CheckPath(info, scope.Definition);
        if (scope.Version.DeprecationWarning is { } warning)
            request.Warnings.Add(warning);

        await DispatchAsync(request, scope);
        return true;
    }

    private Task DispatchAsync(ApiRequest request, ResourceScope scope) => (scope.Definition, request.Info) switch
    {
        (_, { Subresource.Length: > 0 }) => _subresources.ServeAsync(request, scope),
        (var definition, _) when !definition.Verbs.Contains(request.Info.Verb) => throw StatusException.MethodNotAllowed(),
        ({ Virtual: not null }, _) => _virtual.ServeAsync(request, scope),
        (_, { Verb: "get" }) => _reads.GetAsync(request, scope),
        (_, { Verb: "list" }) => _reads.ListAsync(request, scope),
        (_, { Verb: "watch" }) => _watch.WatchAsync(request, scope),
        (_, { Verb: "create" }) => _writes.CreateAsync(request, scope),
        (_, { Verb: "update" }) => _writes.UpdateAsync(request, scope),
        (_, { Verb: "patch" }) => _writes.PatchAsync(request, scope),
        (_, { Verb: "delete" }) => _deletes.DeleteAsync(request, scope),
        (_, { Verb: "deletecollection" }) => _deletes.DeleteCollectionAsync(request, scope),
        _ => throw StatusException.MethodNotAllowed(),
    };

    // The paths that upstream registers no route for.
    private static void CheckPath(RequestInfo info, ResourceDefinition definition)
    {
        var named = info.Name.Length > 0 && info.Verb is not ("list" or "watch" or "deletecollection");
        if (!definition.Namespaced && info.Namespace.Length > 0 && definition.GroupResource != new GroupResource("", "namespaces"))
            throw StatusException.PathNotFound();
        if (definition.Namespaced && info.Namespace.Length == 0)
        {
            if (named)
                throw StatusException.PathNotFound();
            if (info.Verb is not ("list" or "watch"))
                throw StatusException.MethodNotAllowed();
        }
        if (info.Verb == "create" && info.Name.Length > 0 && info.Subresource.Length == 0)
            throw StatusException.MethodNotAllowed();
        if (info.Verb is "update" or "patch" && info.Name.Length == 0)
            throw StatusException.MethodNotAllowed();
    }
}
