using System.Runtime.CompilerServices;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// The objects of one resource, read from memory and written to etcd. A linearizable read asks etcd only for its revision, together with all others that ask
/// at that moment, and waits until the cache has reached it. What memory cannot answer (old revisions, a cache that is not filled) etcd does.
/// </summary>
internal sealed class CachedObjectStore(EtcdObjectStore etcd, ResourceCache cache, WatchFeed feed, SharedRead<long> currentRevision, ResourceCacheMetrics metrics, TimeProvider time) : IObjectStore
{
    /// <summary>How long a read waits for the cache to reach a revision.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public long Revision => Math.Max(feed.Revision, cache.Current.Version);

    public Task<StoredObject> CreateAsync(string key, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel) => etcd.CreateAsync(key, json, ttl, cancel);

    public Task<StoredObject> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel) =>
        etcd.UpdateAsync(key, expectedVersion, json, ttl, cancel);

    public Task<long> DeleteAsync(string key, long expectedVersion, CancellationToken cancel) => etcd.DeleteAsync(key, expectedVersion, cancel);

    public async Task<StoredObject?> GetAsync(string key, ReadConsistency consistency, CancellationToken cancel)
    {
        if (!cache.Current.IsFilled || (consistency == ReadConsistency.Linearizable && !await CatchUpAsync(cancel)))
            return await etcd.GetAsync(key, consistency, cancel);
        var state = cache.Current;
        return state.IsFilled ? state.Objects.Find(key) : await etcd.GetAsync(key, consistency, cancel);
    }

    public async Task<ObjectList> ListAsync(ListQuery query, CancellationToken cancel)
    {
        if (!cache.Current.IsFilled)
            return await etcd.ListAsync(query, cancel);
        if (query.ExactVersion is null && query.Consistency == ReadConsistency.Linearizable && !await CatchUpAsync(cancel))
            return await etcd.ListAsync(query, cancel);
        if (query.MinimumVersion > 0 && !await feed.WaitAsync(query.MinimumVersion, Patience, cancel))
            throw EtcdObjectStore.TooLarge(query.MinimumVersion, feed.Revision);

        // The feed's revision first: a state that is not newer is the state at that revision.
        var seen = feed.Revision;
        var state = cache.Current;
        var version = Math.Max(seen, state.Version);
        if (!state.IsFilled || (query.ExactVersion is { } exact && (exact < state.Version || exact > version)))
            return await etcd.ListAsync(query, cancel);
        return List(state.Objects, query, query.ExactVersion ?? version);
    }

    private static ObjectList List(Snapshot objects, ListQuery query, long version)
    {
        var range = objects.Under(query.Prefix, query.StartKey);
        if (query.Predicate is null)
        {
            var count = range.Count;
            var page = range.Take(query.Limit == 0 ? count : Math.Min(query.Limit, count));
            return new ObjectList(page, version, page.Length < count ? page[^1].Key + '\0' : null, count - page.Length);
        }
        var matching = new List<StoredObject>();
        string? next = null;
        foreach (var found in range.Each())
        {
            if (query.Limit > 0 && matching.Count == query.Limit)
            {
                next = matching[^1].Key + '\0';
                break;
            }
            if (query.Predicate(found))
                matching.Add(found);
        }
        return new ObjectList(matching, version, next, null);
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(WatchQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (query.SinceVersion is null)
        {
            var least = query.MinimumVersion;
            if (query.Consistency == ReadConsistency.Linearizable)
                least = Math.Max(least, await CurrentRevisionAsync(cancel));
            if (!await feed.WaitAsync(least, Patience, cancel))
                throw EtcdObjectStore.TooLarge(least, feed.Revision);
        }
        CacheWatcher? watcher;
        do
            await cache.Filled.WaitAsync(cancel);
        while ((watcher = cache.Subscribe(query, feed.Revision)) is null);
        using var last = query.BookmarkAfter is { } after
            ? time.CreateTimer(_ => cache.Bookmark(watcher, feed.Revision), null, after, Timeout.InfiniteTimeSpan)
            : null;
        try
        {
            await foreach (var seen in watcher.ReadAsync(cancel))
                yield return seen;
        }
        finally
        {
            cache.Unsubscribe(watcher);
        }
    }

    /// <summary>Waits until the cache is as new as etcd was at some moment of the call; false where that takes too long.</summary>
    private async ValueTask<bool> CatchUpAsync(CancellationToken cancel)
    {
        var revision = await CurrentRevisionAsync(cancel);
        var started = time.GetTimestamp();
        var reached = await feed.WaitAsync(revision, Patience, cancel);
        metrics.ReadWaited(time.GetElapsedTime(started));
        metrics.ConsistentRead(fromCache: reached);
        return reached;
    }

    private Task<long> CurrentRevisionAsync(CancellationToken cancel) => currentRevision.AskAsync(cancel);
}
