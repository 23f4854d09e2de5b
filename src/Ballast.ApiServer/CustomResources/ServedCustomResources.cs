using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.CustomResources;

/// <summary>
/// Keeps the catalog in step with the CRDs: what is accepted is served as soon as this server sees it, what is gone is not. Definitions of a CRD that did not
/// change in what matters stay the same, and with them all that is cached for them.
/// </summary>
/// <param name="builtIn">Served beside them; where both claim a resource, the built-in one is served.</param>
/// <param name="catalog">Gets the definitions.</param>
/// <param name="storage">Where their objects' caches end with them.</param>
internal sealed class ServedCustomResources(IReadOnlyList<ResourceDefinition> builtIn, ResourceCatalog catalog, IStorage storage) : IFeedConsumer
{
    private readonly Dictionary<string, Made> _made = [];
    private Dictionary<string, JsonObject> _crds = [];

    /// <summary>Every CRD as last seen; documents are not to be changed. Replaced as a whole.</summary>
    public IReadOnlyCollection<JsonObject> Crds { get; private set; } = [];

    /// <summary>Fires after <see cref="Crds"/> changed and the catalog with it.</summary>
    public event Action? Changed;

    public void Replace(IReadOnlyList<StoredObject> objects)
    {
        _crds = objects.Select(o => o.ToDocument()).ToDictionary(d => d.Name);
        Serve();
    }

    public void Set(StoredObject changed)
    {
        var crd = changed.ToDocument();
        _crds[crd.Name] = crd;
        Serve();
    }

    public void Remove(StoredObject gone)
    {
        _ = _crds.Remove(gone.Attributes.Name);
        Serve();
    }

    private void Serve()
    {
        var own = builtIn.Select(d => d.GroupResource).ToHashSet();
        var served = _crds.Values.Where(CustomResourceKind.IsServed).OrderBy(c => c.Text("spec", "group"), StringComparer.Ordinal).ThenBy(c => c.Name, StringComparer.Ordinal)
            .Select(Make).Where(m => m.Definitions.All(d => !own.Contains(d.GroupResource))).ToList();
        var closed = _made.Where(m => !_crds.TryGetValue(m.Key, out var crd) || !CustomResourceKind.IsServed(crd)).ToList();
        catalog.Serve([.. builtIn, .. served.SelectMany(m => m.Definitions)]);
        foreach (var (name, made) in closed)
        {
            _ = _made.Remove(name);
            storage.Close(made.StoragePrefix);
        }
        Crds = [.. _crds.Values];
        Changed?.Invoke();
    }

    private Made Make(JsonObject crd)
    {
        var fingerprint = CustomResourceKind.Fingerprint(crd);
        if (!_made.TryGetValue(crd.Name, out var made) || made.Fingerprint != fingerprint)
            _made[crd.Name] = made = new(fingerprint, CustomResourceKind.StoragePrefix(crd), CustomResourceKind.Definitions(crd));
        return made;
    }

    private sealed record Made(string Fingerprint, string StoragePrefix, IReadOnlyList<ResourceDefinition> Definitions);
}
