using System.Runtime.CompilerServices;
using Ballast.ApiMachinery.Objects;
using Ballast.Etcd;

namespace Ballast.ApiServer.Storage;

/// <summary>The objects of one resource, straight from etcd: every read is one or more ranges, every watch is one of etcd's own.</summary>
/// <param name="etcd">Shared by all resources.</param>
/// <param name="leases">Shared by all resources.</param>
/// <param name="root">What every key of the resource starts with: <c>/registry/pods/</c>.</param>
/// <param name="resource">For the metrics.</param>
/// <param name="metrics">Shared by all resources.</param>
/// <param name="time">For bookmarks.</param>
public sealed class EtcdObjectStore(EtcdClient etcd, SharedLeases leases, string root, GroupResource resource, StorageMetrics metrics, TimeProvider time) : IObjectStore
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);

    /// <summary>Keys a range: keeps one answer to a few megabytes.</summary>
    private const int PageSize = 1000;

    private long _revision;

    public long Revision => Volatile.Read(ref _revision);

    public async Task<StoredObject> CreateAsync(string key, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel)
    {
        var result = await WriteAsync("create", json, async () => await etcd.KeyValues.CreateAsync(root + key, json, await LeaseAsync(ttl, cancel), cancel));
        if (!result.Succeeded)
            throw new StorageException(StorageError.KeyExists, $"key {key} already exists") { Current = result.Current is null ? null : From(result.Current) };
        return Written(key, json, result.Revision);
    }

    public async Task<StoredObject> UpdateAsync(string key, long expectedVersion, ReadOnlyMemory<byte> json, TimeSpan? ttl, CancellationToken cancel)
    {
        var result = await WriteAsync("update", json, async () => await etcd.KeyValues.PutIfModRevisionAsync(root + key, expectedVersion, json, await LeaseAsync(ttl, cancel), cancel));
        return result.Succeeded ? Written(key, json, result.Revision) : throw Lost(key, expectedVersion, result);
    }

    public async Task<long> DeleteAsync(string key, long expectedVersion, CancellationToken cancel)
    {
        var result = await metrics.MeasureAsync("delete", resource, () => etcd.KeyValues.DeleteIfModRevisionAsync(root + key, expectedVersion, cancel));
        if (!result.Succeeded)
            throw Lost(key, expectedVersion, result);
        Saw(result.Revision);
        return result.Revision;
    }

    public async Task<StoredObject?> GetAsync(string key, ReadConsistency consistency, CancellationToken cancel)
    {
        var found = await metrics.MeasureAsync("get", resource, () => etcd.KeyValues.GetAsync(root + key, cancel, serializable: consistency == ReadConsistency.Any));
        return found is null ? null : From(found);
    }

    public async Task<ObjectList> ListAsync(ListQuery query, CancellationToken cancel)
    {
        var objects = new List<StoredObject>();
        var start = root + (query.StartKey ?? query.Prefix);
        var end = KeyRange.PrefixEnd(root + query.Prefix);
        var version = query.ExactVersion ?? 0;
        // A member that lags may not know an exact or minimum revision yet that its caller has seen elsewhere.
        var serializable = query is { Consistency: ReadConsistency.Any, ExactVersion: null, MinimumVersion: 0 };
        while (true)
        {
            var limit = query is { Limit: > 0, Predicate: null } ? query.Limit - objects.Count : PageSize;
            var options = new RangeOptions(version, limit, serializable);
            var page = await metrics.MeasureAsync("list", resource, () => etcd.KeyValues.RangeAsync(new KeyRange(start, end), options, cancel));
            Saw(page.Revision);
            if (version == 0)
                version = page.Revision >= query.MinimumVersion ? page.Revision : throw TooLarge(query.MinimumVersion, page.Revision);
            for (var i = 0; i < page.KeyValues.Count; i++)
            {
                var found = From(page.KeyValues[i]);
                if (query.Predicate is not null && !query.Predicate(found))
                    continue;
                objects.Add(found);
                if (objects.Count != query.Limit)
                    continue;
                var following = page.Count - i - 1;
                return new ObjectList(objects, version, following > 0 ? found.Key + '\0' : null, query.Predicate is null ? following : null);
            }
            if (!page.More || page.KeyValues.Count == 0)
                return new ObjectList(objects, version, null, query.Predicate is null ? 0 : null);
            start = page.KeyValues[^1].Key + '\0';
        }
    }

    public async IAsyncEnumerable<WatchEvent> WatchAsync(WatchQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        var since = query.SinceVersion;
        if (since is null)
        {
            var list = await ListAsync(new ListQuery(query.Prefix) { Consistency = query.Consistency, MinimumVersion = query.MinimumVersion, Predicate = query.Predicate }, cancel);
            foreach (var found in list.Objects)
                yield return new WatchEvent(WatchEventType.Added, found, found.Version);
            since = list.Version;
            if (query.SendInitialEventsEnd)
                yield return new WatchEvent(WatchEventType.Bookmark, null, list.Version) { InitialEventsEnd = true };
        }

        var range = query.Prefix.Length == 0 || query.Prefix.EndsWith('/') ? KeyRange.Prefix(root + query.Prefix) : KeyRange.Single(root + query.Prefix);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var batches = etcd.Watches.WatchAsync(range, since.Value + 1, withPrevious: true, stop.Token).GetAsyncEnumerator(stop.Token);
        Task<EtcdEventBatch?> next = Task.FromResult<EtcdEventBatch?>(null);
        try
        {
            while (true)
            {
                next = NextAsync(batches);
                while (query.Bookmarks && !await IsDoneWithinAsync(next, BookmarkInterval, cancel))
                    yield return new WatchEvent(WatchEventType.Bookmark, null, since.Value);
                if (await next is not { } batch)
                    yield break;
                foreach (var e in batch.Events)
                {
                    if (From(e).TryProject(query.Predicate, out var seen))
                        yield return seen;
                }
                since = batch.Revision;
                Saw(batch.Revision);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await next.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await batches.DisposeAsync();
        }
    }

    private static async Task<EtcdEventBatch?> NextAsync(IAsyncEnumerator<EtcdEventBatch> batches)
    {
        try
        {
            return await batches.MoveNextAsync() ? batches.Current : null;
        }
        catch (EtcdException e)
        {
            throw e.ToStorage();
        }
    }

    /// <summary>False when the time ran out first. True also when <paramref name="cancel"/> fired: the task then ends by itself.</summary>
    private async Task<bool> IsDoneWithinAsync(Task task, TimeSpan interval, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var first = await Task.WhenAny(task, Task.Delay(interval, time, stop.Token));
        await stop.CancelAsync();
        return first == task || cancel.IsCancellationRequested;
    }

    /// <summary>
    /// A write whose answer was lost is made once more. Both are bound to the same state, so that one of them happens at most, however late the first one arrives; where the second finds the
    /// very bytes that it would have written, the first one has happened.
    /// </summary>
    /// <exception cref="StorageException"><see cref="StorageError.Unknown"/> where that tells nothing: it was not answered either, or the object has been changed since.</exception>
    private async Task<TransactionResult> WriteAsync(string operation, ReadOnlyMemory<byte> json, Func<Task<TransactionResult>> write)
    {
        try
        {
            return await metrics.MeasureAsync(operation, resource, write);
        }
        catch (StorageException lost) when (lost.Error == StorageError.Unknown)
        {
            var again = await AgainAsync(operation, write);
            if (again is { Succeeded: true })
                return again;
            if (again?.Current is { } current && current.Value.Span.SequenceEqual(json.Span))
                return new(true, current.ModRevision, null);
            throw;
        }
    }

    /// <returns>Null where this one is not answered either.</returns>
    private async Task<TransactionResult?> AgainAsync(string operation, Func<Task<TransactionResult>> write)
    {
        try
        {
            return await metrics.MeasureAsync(operation, resource, write);
        }
        catch (StorageException)
        {
            return null;
        }
    }

    private async Task<long> LeaseAsync(TimeSpan? ttl, CancellationToken cancel) => ttl is null ? 0 : await leases.GetAsync(ttl.Value, cancel);

    private StoredObject Written(string key, ReadOnlyMemory<byte> json, long revision)
    {
        Saw(revision);
        return StoredObject.FromStored(key, revision, json.Span);
    }

    private StoredObject From(EtcdKeyValue kv)
    {
        Saw(kv.ModRevision);
        return StoredObject.FromStored(kv.Key[root.Length..], kv.ModRevision, kv.Value.Span);
    }

    private Change From(EtcdEvent e)
    {
        var previous = e.Previous is null ? null : From(e.Previous);
        if (!e.IsDelete)
            return new Change(From(e.KeyValue), previous, IsDelete: false);
        // Compacted away between the removal and now: its content is gone, and with it the event's.
        if (previous is null)
            throw new StorageException(StorageError.Compacted, $"the last state of {e.KeyValue.Key} was compacted");
        return new Change(previous.AtVersion(e.KeyValue.ModRevision), previous, IsDelete: true);
    }

    private StorageException Lost(string key, long expected, TransactionResult result) => result.Current is null
        ? new StorageException(StorageError.NotFound, $"key {key} not found")
        : new StorageException(StorageError.Conflict, $"key {key} is at {result.Current.ModRevision}, not at {expected}") { Current = From(result.Current) };

    internal static StorageException TooLarge(long asked, long current) =>
        new(StorageError.TooLargeVersion, $"Too large resource version: {asked}, current: {current}") { Version = current };

    private void Saw(long revision)
    {
        long known;
        while (revision > (known = Revision) && Interlocked.CompareExchange(ref _revision, revision, known) != known)
        {
            // another call was faster; look again
        }
    }
}
