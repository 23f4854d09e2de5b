using System.Diagnostics;
using Ballast.ApiServer.Storage;
using Ballast.Testing.Etcd;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

public sealed class QuorumLossTests
{
    [Fact]
    public async Task Stale_reads_answer_the_rest_fails_soon_and_all_goes_on_afterwards()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var client = cluster.CreateClient();
        await using var storage = NewCachedStorage(client);
        var store = storage.Open("pods", Resource);
        await storage.WaitUntilReadyAsync();
        var created = await store.CreateAsync("a/one", Json("one"), null, Cancel);
        await store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel);
        await using var watch = store.WatchAsync(new WatchQuery("", created.Version), Cancel).GetAsyncEnumerator(Cancel);
        var next = watch.NextAsync(1, seconds: 60); // three calls fail meanwhile, each within its patience

        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(2.5), Cancel); // etcd's own election timeout: until then the leader still believes in itself
        Assert.NotNull(await store.GetAsync("a/one", ReadConsistency.Any, Cancel));
        Assert.Single((await store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any }, Cancel)).Objects);
        await FailsSoonAsync(() => store.CreateAsync("a/two", Json("two"), null, Cancel));
        await FailsSoonAsync(() => store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel));
        await FailsSoonAsync(() => store.ListAsync(new ListQuery(""), Cancel));
        Assert.NotNull(await storage.ProbeAsync(Cancel));

        cluster.Members[0].Start();
        await cluster.WaitUntilHealthyAsync();
        var two = await store.CreateAsync("a/two", Json("two"), null, Cancel);
        Assert.Equal(two.Version, Assert.Single(await next).Version); // the watch never ended
        Assert.NotNull(await store.GetAsync("a/one", ReadConsistency.Linearizable, Cancel));
        Assert.Null(await storage.ProbeAsync(Cancel));
    }

    private static async Task FailsSoonAsync(Func<Task> call)
    {
        var watch = Stopwatch.StartNew();
        await FailsAsync(StorageError.Unavailable, call);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"took {watch.Elapsed}");
    }
}
