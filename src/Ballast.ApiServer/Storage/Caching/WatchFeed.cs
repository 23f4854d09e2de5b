using Ballast.Etcd;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// The one etcd watch of a server. It watches every key, not only those below <c>/registry/</c>: each revision of etcd then shows up here, so that the
/// revision of the last event is the revision every cache has reached, also those of resources that nobody changes. (etcd's progress
/// notifications are not used for that: before 3.4.25 and 3.5.8 they can overtake events.)
/// </summary>
internal sealed partial class WatchFeed(IKeyValues keyValues, IWatches watches, TimeProvider time, ILogger<WatchFeed> log)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan StallInterval = TimeSpan.FromSeconds(5);

    private readonly RevisionClock _clock = new(time);

    /// <summary>Guards <see cref="_epoch"/>, <see cref="_restart"/>, and the writing of <see cref="_caches"/>.</summary>
    private readonly Lock _gate = new();
    private volatile Dictionary<string, ResourceCache> _caches = [];
    private object? _epoch;
    private CancellationTokenSource? _restart;

    /// <summary>Raised with each cache that must be filled, and its epoch for <see cref="ResourceCache.TryJoin"/>.</summary>
    public required Action<ResourceCache, object> NeedsFilling { private get; init; }

    public long Revision => _clock.Revision;

    /// <summary>Why the watch is not there; null when it is.</summary>
    public string? NotReadyBecause { get; private set; } = "the etcd watch has not started";

    public ValueTask<bool> WaitAsync(long revision, TimeSpan patience, CancellationToken cancel) => _clock.WaitAsync(revision, patience, cancel);

    public void Add(ResourceCache cache)
    {
        lock (_gate)
        {
            _caches = new Dictionary<string, ResourceCache>(_caches) { { cache.Root, cache } };
            if (_epoch is not null)
                Restart(cache, _epoch);
        }
    }

    public void Remove(ResourceCache cache)
    {
        lock (_gate)
            _caches = _caches.Where(c => c.Value != cache).ToDictionary();
    }

    /// <summary>
    /// etcd was found at <paramref name="revision"/>, though it had been seen at <paramref name="seen"/> before: its data was replaced by older data, and
    /// everything here is wrong.
    /// </summary>
    public void ReportReplacedData(long revision, long seen)
    {
        LogReplaced(revision, seen);
        lock (_gate)
            _restart?.Cancel();
    }

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            using var restart = CancellationTokenSource.CreateLinkedTokenSource(stop);
            try
            {
                Begin(await keyValues.CurrentRevisionAsync(stop), restart);
                while (true)
                    await FollowAsync(restart.Token);
            }
            catch (EtcdException e)
            {
                NotReadyBecause = e.Message;
                LogLost(e.Message);
                if (e.Error != EtcdError.Compacted)
                    await Task.Delay(Pause, time, stop);
            }
            catch (OperationCanceledException) when (restart.IsCancellationRequested && !stop.IsCancellationRequested)
            {
                // asked to restart
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                // Nothing that a member or its connection does may leave the caches standing still.
                NotReadyBecause = e.Message;
                LogFailed(e);
                await Task.Delay(Pause, time, stop);
            }
            finally
            {
                lock (_gate)
                    _restart = null;
            }
        }
    }

    /// <summary>Goes on from the last revision seen, until the watch tells nothing though etcd goes on.</summary>
    private async Task FollowAsync(CancellationToken restart)
    {
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(restart);
        var guard = CancelWhenStalledAsync(stalled);
        try
        {
            await foreach (var batch in watches.WatchAsync(KeyRange.All, Revision + 1, withPrevious: false, stalled.Token))
                Dispatch(batch);
        }
        catch (OperationCanceledException) when (stalled.IsCancellationRequested && !restart.IsCancellationRequested)
        {
            LogStalled(Revision);
        }
        finally
        {
            await stalled.CancelAsync();
            await guard;
        }
    }

    /// <summary>
    /// A member that answers can still keep a watch waiting (3.4 does, where large reads fill the connection). Stalled is a watch that did not move for a whole
    /// interval, though etcd was ahead of it at the interval's start.
    /// </summary>
    private async Task CancelWhenStalledAsync(CancellationTokenSource stalled)
    {
        var (before, ahead) = (0L, false);
        try
        {
            while (true)
            {
                await Task.Delay(StallInterval, time, stalled.Token);
                var seen = Revision;
                if (ahead && seen == before)
                    break;
                before = seen;
                try
                {
                    ahead = await keyValues.CurrentRevisionAsync(stalled.Token) > seen;
                }
                catch (EtcdException)
                {
                    ahead = false; // no member answers: that is not the watch's fault
                }
            }
            await stalled.CancelAsync();
        }
        catch (OperationCanceledException) when (stalled.IsCancellationRequested)
        {
            // the watch has ended
        }
    }

    private void Begin(long start, CancellationTokenSource restart)
    {
        lock (_gate)
        {
            _epoch = new object();
            _restart = restart;
            foreach (var cache in _caches.Values)
                Restart(cache, _epoch);
        }
        _clock.Set(start);
        NotReadyBecause = null;
    }

    private void Restart(ResourceCache cache, object epoch)
    {
        cache.Restart(epoch);
        NeedsFilling(cache, epoch);
    }

    /// <summary>Each revision's changes go to each cache at once, so that no reader sees half a transaction (an expired lease removes many keys in one).</summary>
    private void Dispatch(EtcdEventBatch batch)
    {
        var caches = _caches;
        for (int first = 0, next; first < batch.Events.Count; first = next)
        {
            var revision = batch.Events[first].KeyValue.ModRevision;
            next = first + 1;
            while (next < batch.Events.Count && batch.Events[next].KeyValue.ModRevision == revision)
                next++;
            if (next - first == 1)
                Apply(CacheOf(batch.Events[first], caches), [batch.Events[first]]);
            else
                foreach (var group in batch.Events.Skip(first).Take(next - first).GroupBy(e => CacheOf(e, caches)))
                    Apply(group.Key, [.. group]);
        }
        _clock.Set(batch.Revision);
    }

    private void Apply(ResourceCache? cache, IReadOnlyList<EtcdEvent> events)
    {
        try
        {
            cache?.Apply(events);
        }
        catch (StorageException e) when (e.Error == StorageError.Corrupt)
        {
            LogCorrupt(e.Message);
            lock (_gate)
                Restart(cache!, _epoch!);
        }
    }

    /// <summary>The cache with the longest root that the key starts with: <c>/registry/services/specs/</c> before <c>/registry/services/</c>.</summary>
    private static ResourceCache? CacheOf(EtcdEvent e, Dictionary<string, ResourceCache> caches)
    {
        var key = e.KeyValue.Key.AsSpan();
        var byRoot = caches.GetAlternateLookup<ReadOnlySpan<char>>();
        for (var end = key.LastIndexOf('/'); end > 0; end = key[..end].LastIndexOf('/'))
        {
            if (byRoot.TryGetValue(key[..(end + 1)], out var cache))
                return cache;
        }
        return null;
    }

    /// <summary>Passes the revision on to watchers that asked for bookmarks.</summary>
    public void Bookmark()
    {
        var revision = Revision;
        foreach (var cache in _caches.Values)
            cache.Bookmark(revision);
    }

    [LoggerMessage(LogLevel.Warning, "etcd watch lost, all caches list anew: {Reason}")]
    private partial void LogLost(string reason);

    [LoggerMessage(LogLevel.Warning, "etcd goes on, but its watch has told nothing since revision {Revision}: watching anew from there")]
    private partial void LogStalled(long revision);

    [LoggerMessage(LogLevel.Error, "etcd watch failed, all caches list anew")]
    private partial void LogFailed(Exception failure);

    [LoggerMessage(LogLevel.Error, "etcd is at revision {Revision}, but had been at {Seen}: its data was replaced; all caches list anew")]
    private partial void LogReplaced(long revision, long seen);

    [LoggerMessage(LogLevel.Error, "{Reason}; its resource is served from etcd until that is mended")]
    private partial void LogCorrupt(string reason);
}
