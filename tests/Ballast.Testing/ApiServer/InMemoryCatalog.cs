using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.Testing.ApiServer;

/// <summary>A catalog that serves whatever resource it is asked for, from memory, with no defaults, admission or validation.</summary>
public sealed class InMemoryCatalog : IResourceCatalog
{
    private readonly ConcurrentDictionary<GroupResource, InMemoryResourceStore> _stores = [];

    public IReadOnlyList<ResourceDefinition> Definitions => [.. _stores.Values.Select(s => s.Definition)];

    public InMemoryResourceStore this[string resource, string group = ""] => _stores.GetOrAdd(new GroupResource(group, resource), name => new(name));

    public IResourceStore? Find(GroupResource resource) => this[resource.Resource, resource.Group];

    public IResourceStore? Find(GroupVersionResource resource) => this[resource.Resource, resource.Group];
}

/// <summary>One resource of an <see cref="InMemoryCatalog"/>.</summary>
public sealed class InMemoryResourceStore(GroupResource resource) : IResourceStore
{
    private readonly InMemoryObjectStore _objects = new();

    public ResourceDefinition Definition { get; } = new()
    {
        Group = resource.Group,
        Resource = resource.Resource,
        Singular = resource.Resource.TrimEnd('s'),
        Kind = resource.Resource,
        Namespaced = true,
        Verbs = [],
        Versions = [],
        StorageVersion = "v1",
        StoragePrefix = resource.Resource,
        Strategy = new NoStrategy(),
    };

    public IObjectStore Objects => _objects;

    public InMemoryObjectStore Memory => _objects;

    /// <summary>How many creations, updates and deletions were carried out.</summary>
    public int Writes => _writes;

    private int _writes;

    /// <summary>Puts an object in, as a test's given.</summary>
    public async Task<StoredObject> AddAsync(JsonObject document) =>
        await _objects.CreateAsync(Key(document.Namespace, document.Name), Encode(document), null, CancellationToken.None);

    /// <summary>Puts an object in, from YAML-like brevity: its JSON.</summary>
    public Task<StoredObject> AddAsync(string json) => AddAsync(JsonNode.Parse(json)!.AsObject());

    public async Task ReplaceAsync(JsonObject document)
    {
        var key = Key(document.Namespace, document.Name);
        var there = await _objects.GetAsync(key, ReadConsistency.Linearizable, CancellationToken.None);
        _ = await _objects.UpdateAsync(key, there!.Version, Encode(document), null, CancellationToken.None);
    }

    public async Task RemoveAsync(string ns, string name)
    {
        var there = await _objects.GetAsync(Key(ns, name), ReadConsistency.Linearizable, CancellationToken.None);
        _ = await _objects.DeleteAsync(there!.Key, there.Version, CancellationToken.None);
    }

    public async Task<StoredObject> CreateAsync(ResourceRequest request, JsonObject document, CancellationToken cancel)
    {
        try
        {
            document.Metadata["uid"] = Guid.NewGuid().ToString();
            var made = await _objects.CreateAsync(Key(request.Namespace, document.Name), Encode(document), null, cancel);
            _ = Interlocked.Increment(ref _writes);
            return made;
        }
        catch (StorageException e) when (e.Error == StorageError.KeyExists)
        {
            throw StatusException.AlreadyExists(resource, document.Name);
        }
    }

    public async Task<(StoredObject Object, bool Created)> UpdateAsync(ResourceRequest request, Func<JsonObject?, JsonObject> change, CancellationToken cancel)
    {
        while (true)
        {
            var there = await _objects.GetAsync(Key(request.Namespace, request.Name), ReadConsistency.Linearizable, cancel)
                ?? throw StatusException.NotFound(resource, request.Name);
            try
            {
                var updated = await _objects.UpdateAsync(there.Key, there.Version, Encode(change(there.ToDocument())), null, cancel);
                _ = Interlocked.Increment(ref _writes);
                return (updated, false);
            }
            catch (StorageException e) when (e.Error == StorageError.Conflict)
            {
            }
        }
    }

    public async Task<(StoredObject Object, bool Gone)> DeleteAsync(ResourceRequest request, DeleteOptions options, CancellationToken cancel)
    {
        var there = await _objects.GetAsync(Key(request.Namespace, request.Name), ReadConsistency.Linearizable, cancel)
            ?? throw StatusException.NotFound(resource, request.Name);
        _ = await _objects.DeleteAsync(there.Key, there.Version, cancel);
        _ = Interlocked.Increment(ref _writes);
        return (there, true);
    }

    private static string Key(string ns, string name) => ns.Length == 0 ? name : $"{ns}/{name}";

    private static byte[] Encode(JsonObject document) => Encoding.UTF8.GetBytes(document.ToJsonString());

    private sealed class NoStrategy : IResourceStrategy;
}
