using Ballast.ApiMachinery.Objects;
using Ballast.Etcd;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>A server's storage: etcd, one watch on it, and a cache a resource. Starts at once; disposing ends every watch.</summary>
public sealed partial class CachedStorage : IStorage
{
    private static readonly TimeSpan BookmarkInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FillRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(2);

    private readonly EtcdClient _etcd;
    private readonly string _root;
    private readonly StorageMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<CachedStorage> _log;
    private readonly SharedLeases _leases;
    private readonly WatchFeed _feed;
    private readonly SharedRead<long> _currentRevision;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _background;

    /// <summary>Guards the resources; by prefix.</summary>
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Resource> _resources = [];

    /// <param name="etcd">The caller's to dispose of, after this.</param>
    /// <param name="root">What every key starts with: <c>/registry/</c>.</param>
    /// <param name="compactionInterval">How often old revisions are dropped; zero for never.</param>
    /// <param name="metrics">Where the figures go.</param>
    /// <param name="time">For intervals and waits.</param>
    /// <param name="logs">For what operators should know.</param>
    public CachedStorage(EtcdClient etcd, string root, TimeSpan compactionInterval, StorageMetrics metrics, TimeProvider time, ILoggerFactory logs)
    {
        _etcd = etcd;
        _root = root;
        _metrics = metrics;
        _time = time;
        _log = logs.CreateLogger<CachedStorage>();
        _leases = new SharedLeases(etcd.Leases, time);
        _feed = new WatchFeed(etcd.KeyValues, etcd.Watches, time, logs.CreateLogger<WatchFeed>()) { NeedsFilling = (cache, epoch) => _ = FillAsync(cache, epoch) };
        _currentRevision = new SharedRead<long>(ReadCurrentRevisionAsync);
        Raw = new EtcdRawStore(etcd, root, metrics);
        var compactor = new Compactor(etcd.KeyValues, compactionInterval, time, logs.CreateLogger<Compactor>());
        _background = Task.WhenAll(UntilStoppedAsync(_feed.RunAsync), UntilStoppedAsync(compactor.RunAsync), UntilStoppedAsync(BookmarkAsync));
    }

    /// <summary>Fails when a part of the storage does, which then is not to be used any more; never completes otherwise.</summary>
    public Task Failed => _failed.Task;

    public IRawStore Raw { get; }

    public string? NotReadyBecause
    {
        get
        {
            if (_feed.NotReadyBecause is { } reason)
                return reason;
            lock (_gate)
            {
                var waiting = _resources.Where(r => !r.Value.Cache.Current.IsFilled).Select(r => r.Key).Order(StringComparer.Ordinal).ToList();
                return waiting.Count == 0 ? null : "not filled yet: " + string.Join(", ", waiting);
            }
        }
    }

    public IObjectStore Open(string prefix, GroupResource resource)
    {
        lock (_gate)
        {
            if (_resources.TryGetValue(prefix, out var open))
                return open.Store;
            var root = $"{_root}{prefix}/";
            var etcd = new EtcdObjectStore(_etcd, _leases, root, resource, _metrics, _time);
            var metrics = new ResourceCacheMetrics(_metrics, resource);
            var cache = new ResourceCache(root, metrics, _time);
            open = new Resource(etcd, cache, new CachedObjectStore(etcd, cache, _feed, _currentRevision, metrics, _time));
            _resources.Add(prefix, open);
            _feed.Add(cache);
            return open.Store;
        }
    }

    public void Close(string prefix)
    {
        lock (_gate)
        {
            if (!_resources.Remove(prefix, out var closed))
                return;
            _feed.Remove(closed.Cache);
            closed.Cache.Close();
        }
    }

    public async ValueTask<string?> ProbeAsync(CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(ProbeTimeout);
        try
        {
            _ = await _etcd.KeyValues.CurrentRevisionAsync(timeout.Token);
            return null;
        }
        catch (EtcdException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "etcd did not answer within 2 s";
        }
    }

    private async Task<long> ReadCurrentRevisionAsync()
    {
        var seen = _feed.Revision;
        try
        {
            var revision = await _etcd.KeyValues.CurrentRevisionAsync(_stop.Token);
            if (revision < seen)
                _feed.ReportReplacedData(revision, seen);
            return revision;
        }
        catch (EtcdException e)
        {
            throw e.ToStorage();
        }
    }

    /// <summary>Lists until one list can join the feed where it is.</summary>
    private async Task FillAsync(ResourceCache cache, object epoch)
    {
        try
        {
            await Task.Yield(); // the feed holds its gate
            while (StoreOf(cache) is { } store)
            {
                try
                {
                    cache.TryJoin(await store.ListAsync(new ListQuery(""), _stop.Token), epoch);
                    return; // joined, or restarted since: then another fill is under way
                }
                catch (StorageException e)
                {
                    LogNotFilled(cache.Root, e.Message);
                    await Task.Delay(FillRetry, _time, _stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // the storage was disposed of
        }
    }

    /// <summary>Null when the resource was closed meanwhile.</summary>
    private EtcdObjectStore? StoreOf(ResourceCache cache)
    {
        lock (_gate)
            return _resources.Values.FirstOrDefault(r => r.Cache == cache)?.Etcd;
    }

    private async Task BookmarkAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(BookmarkInterval, _time);
        while (await timer.WaitForNextTickAsync(stop))
            _feed.Bookmark();
    }

    private async Task UntilStoppedAsync(Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_stop.Token);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // as asked
        }
        catch (Exception e)
        {
            _failed.TrySetException(e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _background;
        lock (_gate)
        {
            foreach (var resource in _resources.Values)
                resource.Cache.Close();
        }
        _stop.Dispose();
    }

    [LoggerMessage(LogLevel.Warning, "cannot list {Root} for its cache, trying again: {Reason}")]
    private partial void LogNotFilled(string root, string reason);

    private sealed record Resource(EtcdObjectStore Etcd, ResourceCache Cache, IObjectStore Store);
}
