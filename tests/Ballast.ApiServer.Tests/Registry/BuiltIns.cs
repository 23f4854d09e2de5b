using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Yaml;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Registry;

/// <summary>The built-in definitions, and what their strategies make of documents written in YAML.</summary>
internal static class BuiltIns
{
    public static IReadOnlyList<ResourceDefinition> All { get; } =
        BuiltInResources.All(new InMemoryCatalog(), new Dictionary<string, ISubresourceHandler>(), BuiltInOptions.Default, new InMemoryRawStore(), TimeProvider.System);

    public static ResourceDefinition Find(string resource, string? group = null) => All.Single(d => d.Resource == resource && (group is null || d.Group == group));

    public static JsonObject Yaml(string text) => YamlBody.Parse(text).Value!.AsObject();

    /// <summary>As it would be stored after a creation.</summary>
    public static JsonObject Created(string resource, string yaml, string? group = null)
    {
        var document = Yaml(yaml);
        var strategy = Find(resource, group).Strategy;
        strategy.Default(document);
        strategy.PrepareForCreate(document);
        return document;
    }

    public static IEnumerable<string> CreateErrors(string resource, string yaml, string? group = null) =>
        Find(resource, group).Strategy.Validate(Created(resource, yaml, group)).Select(e => e.ToString());

    public static (JsonObject Document, IEnumerable<string> Errors) Updated(string resource, JsonObject old, JsonObject document, string subresource = "")
    {
        var definition = Find(resource);
        var strategy = subresource.Length == 0 ? definition.Strategy : ((FieldSubresource)definition.Subresources[subresource].Handler).Strategy;
        strategy.Default(document);
        strategy.PrepareForUpdate(document, old);
        return (document, strategy.ValidateUpdate(document, old).Select(e => e.ToString()));
    }
}

/// <summary>The raw store's contract in a dictionary.</summary>
internal sealed class InMemoryRawStore : IRawStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RawValue> _values = [];
    private long _revision;

    public Task<RawValue?> GetAsync(string key, CancellationToken cancel)
    {
        lock (_lock)
            return Task.FromResult(_values.GetValueOrDefault(key));
    }

    public Task<long> CreateAsync(string key, ReadOnlyMemory<byte> value, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_values.ContainsKey(key))
                throw new StorageException(StorageError.KeyExists, key);
            return Task.FromResult(Put(key, value));
        }
    }

    public Task<long> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> value, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (!_values.TryGetValue(key, out var there))
                throw new StorageException(StorageError.NotFound, key);
            if (there.Version != expectedVersion)
                throw new StorageException(StorageError.Conflict, key);
            return Task.FromResult(Put(key, value));
        }
    }

    private long Put(string key, ReadOnlyMemory<byte> value)
    {
        _values[key] = new(value, ++_revision);
        return _revision;
    }
}
