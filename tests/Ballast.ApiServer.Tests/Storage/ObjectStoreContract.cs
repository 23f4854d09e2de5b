using Ballast.ApiServer.Storage;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>What every <see cref="IObjectStore"/> keeps; each implementation runs all of it against a real etcd.</summary>
public abstract class ObjectStoreContract(SingleEtcd etcd)
{
    protected SingleEtcd Etcd { get; } = etcd;

    /// <summary>The objects below <paramref name="prefix"/>.</summary>
    protected abstract IObjectStore Open(string prefix);

    private IObjectStore Store => field ??= Open(NewPrefix());

    private Task<StoredObject> CreateAsync(string key, string value = "", string label = "") =>
        Store.CreateAsync(key, Json(key.Split('/')[^1], value, label), null, Cancel);

    [Fact]
    public async Task Create_returns_the_object_with_its_version()
    {
        var created = await CreateAsync("a/one", "1");
        Assert.Equal("a/one", created.Key);
        Assert.Equal($"{created.Version}", VersionIn(created));
        var read = await Store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel);
        Assert.Equal(created.Version, read!.Version);
        Assert.True(created.Json.Span.SequenceEqual(read.Json.Span));
        Assert.True(Store.Revision >= created.Version);
    }

    [Fact]
    public async Task Create_of_what_exists_fails()
    {
        await CreateAsync("a/one");
        await FailsAsync(StorageError.KeyExists, () => CreateAsync("a/one"));
    }

    [Fact]
    public async Task Update_replaces_at_the_expected_version_only()
    {
        var first = await CreateAsync("a/one", "1");
        var second = await Store.UpdateAsync("a/one", first.Version, Json("one", "2"), null, Cancel);
        Assert.True(second.Version > first.Version);
        var lost = await FailsAsync(StorageError.Conflict, () => Store.UpdateAsync("a/one", first.Version, Json("one", "3"), null, Cancel));
        Assert.Equal(second.Version, lost.Current!.Version);
        Assert.Equal("2", ValueOf(lost.Current));
        Assert.Equal("2", ValueOf(await Store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel)));
        await FailsAsync(StorageError.NotFound, () => Store.UpdateAsync("a/none", first.Version, Json("none"), null, Cancel));
    }

    [Fact]
    public async Task Delete_removes_at_the_expected_version_only()
    {
        var first = await CreateAsync("a/one");
        await FailsAsync(StorageError.Conflict, () => Store.DeleteAsync("a/one", first.Version - 1, Cancel));
        Assert.True(await Store.DeleteAsync("a/one", first.Version, Cancel) > first.Version);
        Assert.Null(await Store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel));
        await FailsAsync(StorageError.NotFound, () => Store.DeleteAsync("a/one", first.Version, Cancel));
    }

    [Fact]
    public async Task Objects_with_a_time_to_live_are_forgotten()
    {
        await Store.CreateAsync("a/short", Json("short"), TimeSpan.FromSeconds(1), Cancel);
        await using var watch = Store.WatchAsync(new WatchQuery("", null), Cancel).GetAsyncEnumerator(Cancel);
        var events = await watch.NextAsync(2);
        Assert.Equal([WatchEventType.Added, WatchEventType.Deleted], events.Select(e => e.Type));
        Assert.Null(await Store.GetAsync("a/short", ReadConsistency.Linearizable, Cancel));
    }

    [Fact]
    public async Task List_is_in_key_order_below_its_prefix()
    {
        foreach (var key in new[] { "b/two", "a/one", "b/one", "ab/one" })
            await CreateAsync(key);
        var all = await Store.ListAsync(new ListQuery(""), Cancel);
        Assert.Equal(["a/one", "ab/one", "b/one", "b/two"], all.Objects.Select(o => o.Key));
        Assert.True(all.Version >= all.Objects.Max(o => o.Version));
        Assert.Equal(0, all.Remaining);
        Assert.Null(all.NextKey);
        var one = await Store.ListAsync(new ListQuery("a/"), Cancel);
        Assert.Equal(["a/one"], one.Objects.Select(o => o.Key));
        Assert.Empty((await Store.ListAsync(new ListQuery("c/"), Cancel)).Objects);
    }

    [Fact]
    public async Task Pages_are_of_one_revision_and_count_what_remains()
    {
        for (var i = 0; i < 7; i++)
            await CreateAsync($"a/{i}");
        var first = await Store.ListAsync(new ListQuery("a/") { Limit = 3 }, Cancel);
        Assert.Equal(["a/0", "a/1", "a/2"], first.Objects.Select(o => o.Key));
        Assert.Equal(4, first.Remaining);
        await CreateAsync("a/3a"); // after the first page: not in the others

        var second = await Store.ListAsync(new ListQuery("a/") { Limit = 3, StartKey = first.NextKey, ExactVersion = first.Version }, Cancel);
        Assert.Equal(["a/3", "a/4", "a/5"], second.Objects.Select(o => o.Key));
        Assert.Equal(first.Version, second.Version);
        Assert.Equal(1, second.Remaining);
        var third = await Store.ListAsync(new ListQuery("a/") { Limit = 3, StartKey = second.NextKey, ExactVersion = first.Version }, Cancel);
        Assert.Equal(["a/6"], third.Objects.Select(o => o.Key));
        Assert.Null(third.NextKey);
        Assert.Equal(0, third.Remaining);
    }

    [Fact]
    public async Task Predicate_decides_what_counts_towards_the_limit()
    {
        for (var i = 0; i < 9; i++)
            await CreateAsync($"a/{i}", label: i % 2 == 0 ? "even" : "odd");
        var page = await Store.ListAsync(new ListQuery("") { Limit = 2, Predicate = Labelled("odd") }, Cancel);
        Assert.Equal(["a/1", "a/3"], page.Objects.Select(o => o.Key));
        Assert.Null(page.Remaining);
        var rest = await Store.ListAsync(new ListQuery("") { Predicate = Labelled("odd"), StartKey = page.NextKey, ExactVersion = page.Version }, Cancel);
        Assert.Equal(["a/5", "a/7"], rest.Objects.Select(o => o.Key));
        Assert.Null(rest.NextKey);
    }

    [Fact]
    public async Task List_at_an_old_revision_shows_the_objects_of_then()
    {
        var first = await CreateAsync("a/one", "1");
        await Store.UpdateAsync("a/one", first.Version, Json("one", "2"), null, Cancel);
        await CreateAsync("a/two");
        var then = await Store.ListAsync(new ListQuery("") { ExactVersion = first.Version }, Cancel);
        Assert.Equal(first.Version, then.Version);
        Assert.Equal("1", ValueOf(Assert.Single(then.Objects)));
    }

    [Fact]
    public async Task Minimum_version_is_kept_or_refused()
    {
        var created = await CreateAsync("a/one");
        var list = await Store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any, MinimumVersion = created.Version }, Cancel);
        Assert.True(list.Version >= created.Version);
        Assert.Single(list.Objects);
        await FailsAsync(StorageError.TooLargeVersion, () => Store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any, MinimumVersion = created.Version + 100_000 }, Cancel));
        await FailsAsync(StorageError.TooLargeVersion, () => Store.ListAsync(new ListQuery("") { ExactVersion = created.Version + 100_000 }, Cancel));
    }

    [Fact]
    public async Task Watch_sends_every_change_after_its_start_in_order()
    {
        var before = await CreateAsync("a/old");
        var one = await CreateAsync("a/one", "1");
        await using var watch = Store.WatchAsync(new WatchQuery("", before.Version), Cancel).GetAsyncEnumerator(Cancel);
        var two = await Store.UpdateAsync("a/one", one.Version, Json("one", "2"), null, Cancel);
        var other = await CreateAsync("b/other");
        var removed = await Store.DeleteAsync("a/one", two.Version, Cancel);

        var events = await watch.NextAsync(4);
        Assert.Equal([WatchEventType.Added, WatchEventType.Modified, WatchEventType.Added, WatchEventType.Deleted], events.Select(e => e.Type));
        Assert.Equal([one.Version, two.Version, other.Version, removed], events.Select(e => e.Version));
        Assert.True(events[1].Object!.Json.Span.SequenceEqual(two.Json.Span));
        Assert.Equal("2", ValueOf(events[3].Object));
        Assert.Equal($"{removed}", VersionIn(events[3].Object));
        Assert.Equal(removed, events[3].Object!.Version);
    }

    [Fact]
    public async Task Watch_without_a_start_begins_with_what_there_is()
    {
        await CreateAsync("a/one");
        await CreateAsync("b/one");
        await CreateAsync("a/two");
        await using var watch = Store.WatchAsync(
            new WatchQuery("a/", null) { SendInitialEventsEnd = true, Consistency = ReadConsistency.Linearizable }, Cancel).GetAsyncEnumerator(Cancel);
        var events = await watch.NextAsync(3);
        Assert.Equal([("a/one", false), ("a/two", false), (null, true)], events.Select(e => (e.Object?.Key, e.InitialEventsEnd)));
        Assert.Equal(WatchEventType.Bookmark, events[2].Type);
        var next = await CreateAsync("a/three");
        await CreateAsync("b/three");
        var last = await CreateAsync("a/four");
        Assert.Equal([next.Version, last.Version], (await watch.NextAsync(2)).Select(e => e.Version));
    }

    [Fact]
    public async Task Watch_of_one_key_sees_no_longer_name()
    {
        var start = await CreateAsync("a/x");
        await using var watch = Store.WatchAsync(new WatchQuery("a/one", start.Version), Cancel).GetAsyncEnumerator(Cancel);
        await CreateAsync("a/one-more");
        var wanted = await CreateAsync("a/one");
        Assert.Equal(wanted.Version, Assert.Single(await watch.NextAsync(1)).Version);
    }

    [Fact]
    public async Task Predicate_turns_changes_into_coming_and_going()
    {
        var start = await CreateAsync("a/one", "1", "blue");
        await using var watch = Store.WatchAsync(new WatchQuery("", start.Version) { Predicate = Labelled("red") }, Cancel).GetAsyncEnumerator(Cancel);
        var red = await Store.UpdateAsync("a/one", start.Version, Json("one", "2", "red"), null, Cancel);
        var still = await Store.UpdateAsync("a/one", red.Version, Json("one", "3", "red"), null, Cancel);
        var gone = await Store.UpdateAsync("a/one", still.Version, Json("one", "4", "blue"), null, Cancel);
        await Store.DeleteAsync("a/one", gone.Version, Cancel); // not seen: it was gone
        var again = await CreateAsync("a/one", "5", "red");

        var events = await watch.NextAsync(4);
        Assert.Equal([WatchEventType.Added, WatchEventType.Modified, WatchEventType.Deleted, WatchEventType.Added], events.Select(e => e.Type));
        Assert.Equal([red.Version, still.Version, gone.Version, again.Version], events.Select(e => e.Version));
        Assert.Equal("3", ValueOf(events[2].Object)); // its last look while it matched
        Assert.Equal($"{gone.Version}", VersionIn(events[2].Object));
    }

    [Fact]
    public async Task Watch_ends_when_it_is_cancelled()
    {
        await CreateAsync("a/one");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        await using var watch = Store.WatchAsync(new WatchQuery("", null) { Bookmarks = true }, stop.Token).GetAsyncEnumerator(stop.Token);
        await watch.NextAsync(1);
        var next = watch.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
    }

    [Fact]
    public async Task What_is_not_json_is_refused_by_name()
    {
        var prefix = NewPrefix();
        await Etcd.Client.KeyValues.CreateAsync($"{Root}{prefix}/a/broken", "k8s\0protobuf"u8.ToArray(), 0, Cancel);
        var failure = await FailsAsync(StorageError.Corrupt, () => Open(prefix).ListAsync(new ListQuery(""), Cancel));
        Assert.Contains("a/broken", failure.Message, StringComparison.Ordinal);
    }
}
