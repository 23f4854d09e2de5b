using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;

namespace Ballast.Testing.ApiServer;

/// <summary>The object store's contract in a dictionary, for tests of what stands on it. Keeps no history: an exact or old version is refused as compacted.</summary>
public sealed class InMemoryObjectStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private readonly List<ChannelWriter<WatchEvent>> _watchers = [];
    private long _revision;

    public long Revision => Interlocked.Read(ref _revision);

    public Task<StoredObject> CreateAsync(string key, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_objects.TryGetValue(key, out var there))
                throw new StorageException(StorageError.KeyExists, $"{key} exists") { Current = there };
            return Task.FromResult(Put(key, json, WatchEventType.Added));
        }
    }

    public Task<StoredObject> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel)
    {
        lock (_lock)
        {
            Expect(key, expectedVersion);
            return Task.FromResult(Put(key, json, WatchEventType.Modified));
        }
    }

    public Task<long> DeleteAsync(string key, long expectedVersion, CancellationToken cancel)
    {
        lock (_lock)
        {
            var gone = Expect(key, expectedVersion);
            _ = _objects.Remove(key);
            Send(new WatchEvent(WatchEventType.Deleted, gone, ++_revision));
            return Task.FromResult(_revision);
        }
    }

    public Task<StoredObject?> GetAsync(string key, ReadConsistency consistency, CancellationToken cancel)
    {
        lock (_lock)
            return Task.FromResult(_objects.GetValueOrDefault(key));
    }

    public Task<ObjectList> ListAsync(ListQuery query, CancellationToken cancel)
    {
        if (query.ExactVersion is { } exact && exact != Revision)
            throw new StorageException(StorageError.Compacted, "no history is kept");
        lock (_lock)
        {
            var all = _objects.Values
                .Where(o => o.Key.StartsWith(query.Prefix, StringComparison.Ordinal) && string.CompareOrdinal(o.Key, query.StartKey ?? "") >= 0)
                .Where(o => query.Predicate?.Invoke(o) ?? true).ToArray();
            var page = query.Limit > 0 ? all[..Math.Min(query.Limit, all.Length)] : all;
            return Task.FromResult(new ObjectList(page, _revision, page.Length < all.Length ? all[page.Length].Key : null, all.Length - page.Length));
        }
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(WatchQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var channel = Channel.CreateUnbounded<WatchEvent>();
        lock (_lock)
        {
            if (query.SinceVersion is null)
            {
                foreach (var there in _objects.Values)
                    _ = channel.Writer.TryWrite(new WatchEvent(WatchEventType.Added, there, there.Version));
            }
            if (query.SendInitialEventsEnd)
                _ = channel.Writer.TryWrite(new WatchEvent(WatchEventType.Bookmark, null, _revision) { InitialEventsEnd = true });
            _watchers.Add(channel.Writer);
        }
        await foreach (var change in channel.Reader.ReadAllAsync(cancel))
        {
            if (change.Object is null || change.Object.Key.StartsWith(query.Prefix, StringComparison.Ordinal))
                yield return change;
        }
    }

    /// <summary>Ends all running watches as a store does whose history is gone.</summary>
    public void BreakWatches()
    {
        lock (_lock)
        {
            foreach (var watcher in _watchers)
                _ = watcher.TryComplete(new StorageException(StorageError.Compacted, "broken by the test"));
            _watchers.Clear();
        }
    }

    private StoredObject Expect(string key, long version)
    {
        if (!_objects.TryGetValue(key, out var there))
            throw new StorageException(StorageError.NotFound, $"{key} not found");
        return there.Version == version ? there : throw new StorageException(StorageError.Conflict, $"{key} was changed") { Current = there };
    }

    private StoredObject Put(string key, ReadOnlyMemory<byte> json, WatchEventType type)
    {
        var document = JsonNode.Parse(json.Span)!.AsObject();
        document.ResourceVersion = (++_revision).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var stored = new StoredObject(key, _revision, Encoding.UTF8.GetBytes(document.ToJsonString()));
        _objects[key] = stored;
        Send(new WatchEvent(type, stored, _revision));
        return stored;
    }

    private void Send(WatchEvent change)
    {
        foreach (var watcher in _watchers)
            _ = watcher.TryWrite(change);
    }
}
