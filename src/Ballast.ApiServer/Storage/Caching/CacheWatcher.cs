using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// One watch of a cache: what there was when it began, then what is queued for it. The queue is bounded; when it is full the watch ends, and nobody
/// else notices.
/// </summary>
internal sealed class CacheWatcher(WatchQuery query, long version, Snapshot.Range? initial, IReadOnlyList<Change> backlog)
{
    public const int MostQueued = 4096;

    private readonly Channel<Delivery> _queue = Channel.CreateBounded<Delivery>(new BoundedChannelOptions(MostQueued) { SingleReader = true });

    public string Prefix => query.Prefix;

    public bool WantsBookmarks => query.Bookmarks;

    /// <summary>False where the queue is full.</summary>
    public bool TryQueue(Change change) => _queue.Writer.TryWrite(new Delivery(change, change.Version));

    /// <summary>Left out where the queue is full: there is enough to read.</summary>
    public void QueueBookmark(long at) => _queue.Writer.TryWrite(new Delivery(null, at));

    /// <summary>Ends the watch after what is queued; null: without an error.</summary>
    public void End(StorageException? reason) => _queue.Writer.TryComplete(reason);

    public async IAsyncEnumerable<WatchEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (initial is not null)
        {
            foreach (var found in initial.Value.Each())
            {
                if (query.Predicate is null || query.Predicate(found))
                    yield return new WatchEvent(WatchEventType.Added, found, found.Version);
            }
            if (query.SendInitialEventsEnd)
                yield return new WatchEvent(WatchEventType.Bookmark, null, version) { InitialEventsEnd = true };
        }
        foreach (var change in backlog)
        {
            if (IsWatched(change.Object.Key) && change.TryProject(query.Predicate, out var seen))
                yield return seen;
        }
        while (await _queue.Reader.WaitToReadAsync(cancel))
        {
            while (_queue.Reader.TryRead(out var delivery))
            {
                // What is not newer than the start: the watch asked to begin later than the cache was.
                if (delivery.Change is null && delivery.Version >= version)
                    yield return new WatchEvent(WatchEventType.Bookmark, null, delivery.Version);
                else if (delivery.Change is not null && delivery.Version > version && delivery.Change.TryProject(query.Predicate, out var seen))
                    yield return seen;
            }
        }
    }

    private bool IsWatched(string key) => Prefix.EndsWith('/') || Prefix.Length == 0 ? key.StartsWith(Prefix, StringComparison.Ordinal) : key == Prefix;

    private readonly record struct Delivery(Change? Change, long Version);
}
