using System.Globalization;
using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using Ballast.Etcd;
using Ballast.Testing;
using Ballast.Testing.Etcd;
using Microsoft.Extensions.Time.Testing;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>What only the cache promises.</summary>
public sealed class WatchCacheTests(SingleEtcd etcd) : IClassFixture<SingleEtcd>
{
    [Fact]
    public async Task One_etcd_watch_feeds_every_resource_and_every_watcher()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var client = cluster.CreateClient();
        await using var storage = NewCachedStorage(client);
        var stores = Enumerable.Range(0, 20).Select(i => storage.Open($"r{i}", Resource)).ToList();
        await storage.WaitUntilReadyAsync();
        foreach (var store in stores)
        {
            var created = await store.CreateAsync("a", Json("a"), null, Cancel);
            for (var i = 0; i < 5; i++)
            {
                await using var watch = store.WatchAsync(new WatchQuery("", created.Version - 1), Cancel).GetAsyncEnumerator(Cancel);
                await watch.NextAsync(1);
            }
        }
        using var http = new HttpClient();
        var figures = await http.GetStringAsync(new Uri(cluster.Members[0].ClientUrl, "/metrics"), Cancel);
        var watchers = figures.Split('\n').Single(l => l.StartsWith("etcd_debugging_mvcc_watcher_total ", StringComparison.Ordinal)).Split(' ')[1];
        Assert.Equal(1, double.Parse(watchers, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_resource_opened_late_has_what_was_there_and_what_comes()
    {
        await using var storage = NewCachedStorage(etcd.Client);
        var prefix = NewPrefix();
        var direct = NewEtcdStore(etcd.Client, prefix);
        var writing = Task.Run(async () =>
        {
            for (var i = 0; i < 300; i++)
                await direct.CreateAsync($"a/{i:000}", Json($"{i:000}"), null, Cancel);
        }, Cancel);
        while (direct.Revision == 0)
            await Task.Yield();
        var late = storage.Open(prefix, Resource);
        await using var watch = late.WatchAsync(new WatchQuery("", null), Cancel).GetAsyncEnumerator(Cancel);
        var events = await watch.NextAsync(300);
        await writing;
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"a/{i:000}"), events.Select(e => e.Object!.Key));
        Assert.Equal(300, (await late.ListAsync(new ListQuery(""), Cancel)).Objects.Count);
    }

    [Fact]
    public async Task A_slow_watcher_is_cut_off_and_the_others_see_everything()
    {
        await using var storage = NewCachedStorage(etcd.Client);
        var prefix = NewPrefix();
        var store = storage.Open(prefix, Resource);
        await storage.WaitUntilReadyAsync();
        var start = await store.CreateAsync("a/0", Json("0"), null, Cancel);
        await using var slow = store.WatchAsync(new WatchQuery("", start.Version - 1), Cancel).GetAsyncEnumerator(Cancel);
        await slow.NextAsync(1); // and then it does not read on
        await using var quick = store.WatchAsync(new WatchQuery("", start.Version - 1), Cancel).GetAsyncEnumerator(Cancel);
        var reading = quick.NextAsync(CacheWatcher.MostQueued + 101);
        await Parallel.ForAsync(1, CacheWatcher.MostQueued + 101, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancel },
            async (i, cancel) => await store.CreateAsync($"a/{i}", Json($"{i}"), null, cancel));
        Assert.Equal(CacheWatcher.MostQueued + 101, (await reading.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Count);

        var seen = await slow.NextAsync(CacheWatcher.MostQueued);
        Assert.Equal(seen.OrderBy(e => e.Version), seen); // no gap before the end
        await FailsAsync(StorageError.SlowWatcher, async () => await slow.MoveNextAsync());
    }

    [Fact]
    public async Task Bookmarks_carry_the_revision_of_the_whole_store()
    {
        var time = new FakeTimeProvider();
        await using var storage = NewCachedStorage(etcd.Client, time);
        var store = storage.Open(NewPrefix(), Resource);
        var other = storage.Open(NewPrefix(), Resource);
        await storage.WaitUntilReadyAsync();
        await using var watch = store.WatchAsync(new WatchQuery("", null) { Bookmarks = true, SendInitialEventsEnd = true }, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True((await watch.NextAsync(1))[0].InitialEventsEnd);
        var elsewhere = await other.CreateAsync("a", Json("a"), null, Cancel);
        await other.GetAsync("a", ReadConsistency.Linearizable, Cancel); // the feed is there

        var next = watch.NextAsync(1);
        time.Advance(TimeSpan.FromMinutes(1));
        var bookmark = Assert.Single(await next);
        Assert.Equal(WatchEventType.Bookmark, bookmark.Type);
        Assert.False(bookmark.InitialEventsEnd);
        Assert.True(bookmark.Version >= elsewhere.Version);
    }

    [Fact]
    public async Task Keys_that_one_lease_removes_go_at_once()
    {
        await using var storage = NewCachedStorage(etcd.Client);
        var prefix = NewPrefix();
        var store = storage.Open(prefix, Resource);
        await storage.WaitUntilReadyAsync();
        var lease = await etcd.Client.Leases.GrantAsync(100, Cancel);
        for (var i = 0; i < 50; i++)
            await etcd.Client.KeyValues.CreateAsync($"{Root}{prefix}/a/{i}", Json($"{i}"), lease, Cancel);
        await using var watch = store.WatchAsync(new WatchQuery("", null) { Consistency = ReadConsistency.Linearizable }, Cancel).GetAsyncEnumerator(Cancel);
        await watch.NextAsync(50);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var sizes = Task.Run(async () =>
        {
            var seen = new HashSet<int>();
            while (!stop.IsCancellationRequested)
                seen.Add((await store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any }, Cancel)).Objects.Count);
            return seen;
        }, Cancel);
        await etcd.Client.Leases.RevokeAsync(lease, Cancel);
        var removed = await watch.NextAsync(50);
        await stop.CancelAsync();
        Assert.Single(removed.Select(e => e.Version).Distinct());
        Assert.Subset(new HashSet<int> { 0, 50 }, await sizes);
    }

    [Fact]
    public async Task Closing_a_resource_ends_its_watches()
    {
        await using var storage = NewCachedStorage(etcd.Client);
        var prefix = NewPrefix();
        var store = storage.Open(prefix, Resource);
        await storage.WaitUntilReadyAsync();
        await using var watch = store.WatchAsync(new WatchQuery("", null) { SendInitialEventsEnd = true }, Cancel).GetAsyncEnumerator(Cancel);
        await watch.NextAsync(1);
        var next = watch.MoveNextAsync().AsTask();
        storage.Close(prefix);
        Assert.False(await next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        Assert.NotSame(store, storage.Open(prefix, Resource));
    }

    [Fact]
    public async Task Changes_lost_to_a_compaction_end_the_watches_and_the_cache_lists_anew()
    {
        await using var gate = new TcpGate(etcd.Cluster.Members[0].ClientUrl);
        using var through = new EtcdClient(new EtcdOptions([gate.Address]), TimeProvider.System);
        await using var storage = NewCachedStorage(through);
        var prefix = NewPrefix();
        var store = storage.Open(prefix, Resource);
        await storage.WaitUntilReadyAsync();
        var first = await store.CreateAsync("a/one", Json("one", "1"), null, Cancel);
        await using var watch = store.WatchAsync(new WatchQuery("", first.Version - 1), Cancel).GetAsyncEnumerator(Cancel);
        await watch.NextAsync(1);

        gate.Cut();
        var direct = NewEtcdStore(etcd.Client, prefix);
        var second = await direct.UpdateAsync("a/one", first.Version, Json("one", "2"), null, Cancel);
        var third = await direct.UpdateAsync("a/one", second.Version, Json("one", "3"), null, Cancel);
        await etcd.Client.KeyValues.CompactAsync(third.Version, Cancel);
        var stale = await store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any }, Cancel);
        Assert.Equal("1", ValueOf(Assert.Single(stale.Objects))); // memory answers while etcd is away
        gate.Mend();

        await FailsAsync(StorageError.Compacted, async () => await watch.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel));
        Assert.Equal("3", ValueOf(await store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel)));
        await storage.WaitUntilReadyAsync();
        Assert.Equal("3", ValueOf(Assert.Single((await store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any }, Cancel)).Objects)));
    }

    [Fact]
    public async Task Old_starts_are_refused()
    {
        var prefix = NewPrefix();
        var direct = NewEtcdStore(etcd.Client, prefix);
        var old = await direct.CreateAsync("a/one", Json("one"), null, Cancel);
        await direct.UpdateAsync("a/one", old.Version, Json("one", "2"), null, Cancel);
        await using var storage = NewCachedStorage(etcd.Client);
        var store = storage.Open(prefix, Resource);
        await FailsAsync(StorageError.Compacted, async () =>
        {
            await foreach (var _ in store.WatchAsync(new WatchQuery("", old.Version), Cancel))
                Assert.Fail("no event may come before the gap");
        });
    }

    [Fact]
    public async Task Two_servers_take_turns_at_compacting()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var client = cluster.CreateClient();
        var log = Microsoft.Extensions.Logging.Abstractions.NullLogger<Compactor>.Instance;
        var one = new Compactor(client.KeyValues, TimeSpan.FromMinutes(5), TimeProvider.System, log);
        var two = new Compactor(client.KeyValues, TimeSpan.FromMinutes(5), TimeProvider.System, log);
        Assert.Null(await one.TakeTurnAsync(Cancel));
        Assert.Null(await two.TakeTurnAsync(Cancel)); // learns that it was the other's turn
        var store = NewEtcdStore(client, "pods");
        var first = await store.CreateAsync("a", Json("a"), null, Cancel);
        await store.UpdateAsync("a", first.Version, Json("a", "2"), null, Cancel);
        var compacted = new[] { await one.TakeTurnAsync(Cancel), await two.TakeTurnAsync(Cancel) };
        Assert.Single(compacted, c => c is not null);
        Assert.NotNull(await two.TakeTurnAsync(Cancel));
        await FailsAsync(StorageError.Compacted, () => store.ListAsync(new ListQuery("") { ExactVersion = first.Version - 1 }, Cancel));
        Assert.Single((await store.ListAsync(new ListQuery(""), Cancel)).Objects);
    }

    [Fact]
    public async Task Compaction_comes_once_an_interval_and_not_at_all_for_zero()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var client = cluster.CreateClient();
        var time = new FakeTimeProvider();
        var log = Microsoft.Extensions.Logging.Abstractions.NullLogger<Compactor>.Instance;
        await new Compactor(client.KeyValues, TimeSpan.Zero, time, log).RunAsync(Cancel); // has nothing to do, ever

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var run = new Compactor(client.KeyValues, TimeSpan.FromMinutes(2), time, log).RunAsync(stop.Token);
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await client.KeyValues.GetAsync("compact_rev_key", Cancel));
        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(async () => await client.KeyValues.GetAsync("compact_rev_key", Cancel) is not null, "the first turn");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
    }

    [Fact]
    public async Task Raw_keys_are_read_and_written_at_their_version()
    {
        await using var storage = NewCachedStorage(etcd.Client);
        var key = "ranges/" + NewPrefix();
        Assert.Null(await storage.Raw.GetAsync(key, Cancel));
        var created = await storage.Raw.CreateAsync(key, new byte[] { 1 }, Cancel);
        await FailsAsync(StorageError.KeyExists, () => storage.Raw.CreateAsync(key, new byte[] { 2 }, Cancel));
        var updated = await storage.Raw.UpdateAsync(key, created, new byte[] { 3 }, Cancel);
        await FailsAsync(StorageError.Conflict, () => storage.Raw.UpdateAsync(key, created, new byte[] { 4 }, Cancel));
        var read = await storage.Raw.GetAsync(key, Cancel);
        Assert.Equal(updated, read!.Version);
        Assert.Equal([3], read.Value.ToArray());
    }
}
