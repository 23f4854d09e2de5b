using Ballast.Etcd;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>
/// One resource in memory: the objects, the last changes, the watchers. It is filled by a list, and from then on the feed applies every change; changes
/// that come before the list is there are kept until it is. Writes come from the feed alone; reads never wait for them.
/// </summary>
internal sealed class ResourceCache(string root, ResourceCacheMetrics metrics, TimeProvider time)
{
    /// <summary>Guards all below but <see cref="_state"/>, which is only written under it.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<CacheWatcher>> _watchers = [];
    private readonly EventWindow _window = new(time);
    private readonly List<EtcdEvent> _early = [];
    private TaskCompletionSource _filled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private object? _epoch;

    private volatile State _state = new(Snapshot.Empty, 0, IsFilled: false);

    /// <summary>What every key of the resource starts with in etcd.</summary>
    public string Root => root;

    /// <summary>The objects as they were from <see cref="State.Version"/> until the feed's revision, if that was read before.</summary>
    public State Current => _state;

    /// <summary>Completes when the cache is filled; fails when it was closed.</summary>
    public Task Filled
    {
        get
        {
            lock (_gate)
                return _filled.Task;
        }
    }

    /// <summary>Starts anew: what is here may have missed changes. From now on changes are kept for <see cref="TryJoin"/>.</summary>
    public void Restart(object epoch)
    {
        lock (_gate)
        {
            _epoch = epoch;
            _early.Clear();
            if (_state.IsFilled)
            {
                _state = _state with { IsFilled = false };
                _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            EndWatchers(new StorageException(StorageError.Compacted, "the watch cache lists anew: changes may have been missed"));
        }
    }

    /// <summary>Takes up a list that was begun after <see cref="Restart"/>; false where there was another restart since.</summary>
    public bool TryJoin(ObjectList list, object epoch)
    {
        lock (_gate)
        {
            if (_epoch != epoch)
                return false;
            _window.Restart(list.Version);
            _state = new State(Snapshot.From(list.Objects), list.Version, IsFilled: true);
            metrics.Initialized(list.Objects.Count);
            Apply(_early);
            _early.Clear();
            _filled.TrySetResult();
            return true;
        }
    }

    /// <summary>Applies all changes that one revision made to this resource, at once.</summary>
    /// <exception cref="StorageException"><see cref="StorageError.Corrupt"/>: the cache must be filled again.</exception>
    public void Apply(IReadOnlyList<EtcdEvent> events)
    {
        lock (_gate)
        {
            var state = _state;
            if (!state.IsFilled)
            {
                _early.AddRange(events);
                return;
            }
            var objects = state.Objects;
            var version = state.Version;
            var changes = new List<Change>(events.Count);
            foreach (var e in events)
            {
                if (e.KeyValue.ModRevision <= state.Version || ToChange(e, objects) is not { } change)
                    continue; // in the list already
                objects = change.IsDelete ? objects.Without(change.Object.Key) : objects.With(change.Object);
                version = change.Version;
                changes.Add(change);
            }
            _state = new State(objects, version, IsFilled: true);
            foreach (var change in changes)
            {
                _window.Add(change);
                Dispatch(change);
            }
            metrics.Applied(changes.Count, objects.Count, version, _window.Capacity);
        }
    }

    private Change? ToChange(EtcdEvent e, Snapshot objects)
    {
        var key = e.KeyValue.Key[root.Length..];
        var previous = objects.Find(key);
        if (!e.IsDelete) // one string for all of an object's versions that are held
            return new Change(StoredObject.FromStored(previous?.Key ?? key, e.KeyValue.ModRevision, e.KeyValue.Value.Span), previous, IsDelete: false);
        return previous is null ? null : new Change(previous.AtVersion(e.KeyValue.ModRevision), previous, IsDelete: true);
    }

    /// <summary>To those who watch everything, the namespace, or the one object.</summary>
    private void Dispatch(Change change)
    {
        var key = change.Object.Key;
        Dispatch(change, "");
        if (key.IndexOf('/') is var slash and > 0)
            Dispatch(change, key[..(slash + 1)]);
        Dispatch(change, key);
    }

    private void Dispatch(Change change, string prefix)
    {
        if (!_watchers.TryGetValue(prefix, out var watchers))
            return;
        for (var i = watchers.Count - 1; i >= 0; i--)
        {
            if (watchers[i].TryQueue(change))
                continue;
            watchers[i].End(new StorageException(StorageError.SlowWatcher, $"the watcher fell more than {CacheWatcher.MostQueued} events behind"));
            watchers.RemoveAt(i);
            metrics.WatcherTerminated();
        }
    }

    /// <summary>Tells the watchers that ask for it that they have seen everything up to <paramref name="version"/>.</summary>
    public void Bookmark(long version)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers.Values.SelectMany(w => w).Where(w => w.WantsBookmarks))
                watcher.QueueBookmark(Math.Max(version, _state.Version));
        }
    }

    /// <summary>Tells one watcher that it has seen everything up to <paramref name="version"/>.</summary>
    public void Bookmark(CacheWatcher watcher, long version)
    {
        lock (_gate)
            watcher.QueueBookmark(Math.Max(version, _state.Version));
    }

    /// <summary>A watcher that misses nothing after its start; null where the cache is not filled.</summary>
    /// <param name="query">What to watch.</param>
    /// <param name="feedRevision">The feed's revision, read before the call.</param>
    /// <exception cref="StorageException"><see cref="StorageError.Compacted"/>.</exception>
    public CacheWatcher? Subscribe(WatchQuery query, long feedRevision)
    {
        lock (_gate)
        {
            var state = _state;
            if (!state.IsFilled)
                return null;
            if (query.SinceVersion is { } since && since < _window.Floor)
                throw new StorageException(StorageError.Compacted, $"too old resource version: {since} ({_window.Floor})") { Version = _window.Floor };
            var watcher = query.SinceVersion is { } start
                ? new CacheWatcher(query, start, null, _window.After(start))
                : new CacheWatcher(query, Math.Max(feedRevision, state.Version), state.Objects.Under(query.Prefix), []);
            if (!_watchers.TryGetValue(query.Prefix, out var watchers))
                _watchers.Add(query.Prefix, watchers = []);
            watchers.Add(watcher);
            return watcher;
        }
    }

    public void Unsubscribe(CacheWatcher watcher)
    {
        lock (_gate)
        {
            if (_watchers.TryGetValue(watcher.Prefix, out var watchers) && watchers.Remove(watcher) && watchers.Count == 0)
                _watchers.Remove(watcher.Prefix);
        }
    }

    /// <summary>Ends every watch; the cache is not used again.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _epoch = null;
            _state = new State(Snapshot.Empty, 0, IsFilled: false);
            _filled.TrySetResult();
            _filled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _filled.SetException(new StorageException(StorageError.Unavailable, "the resource is no longer served"));
            _ = _filled.Task.Exception; // observed here: nobody may be waiting
            EndWatchers(null);
        }
    }

    private void EndWatchers(StorageException? reason)
    {
        foreach (var watcher in _watchers.Values.SelectMany(w => w))
            watcher.End(reason);
        _watchers.Clear();
    }

    /// <param name="Objects">The objects.</param>
    /// <param name="Version">The revision of the last change among them, or of the list they came from.</param>
    /// <param name="IsFilled">Whether they are all, and kept up to date.</param>
    internal sealed record State(Snapshot Objects, long Version, bool IsFilled);
}
