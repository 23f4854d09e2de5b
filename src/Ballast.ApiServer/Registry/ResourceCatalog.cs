using System.Collections.Frozen;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

/// <summary>The catalog: one immutable snapshot at a time, replaced as a whole when definitions come or go.</summary>
/// <param name="makeStore">Makes a resource's store.</param>
public sealed class ResourceCatalog(Func<ResourceDefinition, IResourceStore> makeStore) : IResourceCatalog
{
    private readonly Lock _writes = new();
    private volatile Snapshot _current = Snapshot.Of([]);

    public IReadOnlyList<ResourceDefinition> Definitions => _current.Definitions;

    /// <summary>Fires after the definitions changed.</summary>
    public event Action? Changed;

    public IResourceStore? Find(GroupResource resource) => _current.ByResource.GetValueOrDefault(resource);

    public IResourceStore? Find(GroupVersionResource resource) => _current.ByVersion.GetValueOrDefault(resource);

    /// <summary>Serves exactly these from now on. Definitions served already keep their stores.</summary>
    public void Serve(IReadOnlyList<ResourceDefinition> definitions)
    {
        lock (_writes)
        {
            var before = _current.Stores.ToDictionary(s => s.Definition, ReferenceEqualityComparer.Instance as IEqualityComparer<ResourceDefinition>);
            _current = Snapshot.Of([.. definitions.Select(d => before.GetValueOrDefault(d) ?? makeStore(d))]);
        }
        Changed?.Invoke();
    }

    private sealed record Snapshot(
        IReadOnlyList<IResourceStore> Stores,
        IReadOnlyList<ResourceDefinition> Definitions,
        FrozenDictionary<GroupResource, IResourceStore> ByResource,
        FrozenDictionary<GroupVersionResource, IResourceStore> ByVersion)
    {
        public static Snapshot Of(IReadOnlyList<IResourceStore> stores) => new(
            stores,
            [.. stores.Select(s => s.Definition)],
            stores.DistinctBy(s => s.Definition.GroupResource).ToFrozenDictionary(s => s.Definition.GroupResource),
            stores.SelectMany(s => s.Definition.Versions.Select(v => (Key: new GroupVersionResource(s.Definition.Group, v.Name, s.Definition.Resource), s)))
                .ToFrozenDictionary(p => p.Key, p => p.s));
    }
}
