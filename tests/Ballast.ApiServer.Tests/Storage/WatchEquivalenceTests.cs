using System.Collections.Concurrent;
using Ballast.ApiServer.Storage;
using Ballast.Testing.Etcd;
using static Ballast.ApiServer.Tests.Storage.StorageTesting;

namespace Ballast.ApiServer.Tests.Storage;

/// <summary>
/// Three servers on one etcd cluster, writers at each, members killed and hung meanwhile: every list+watch at every server replays to what a
/// fresh list shows; no acknowledged write is lost; events come in order, none twice.
/// </summary>
public sealed class WatchEquivalenceTests(ITestOutputHelper output)
{
    private const string LastKey = "zz/end";
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(12);

    [Fact]
    public async Task Every_watch_replays_to_the_state_of_a_fresh_list()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        await using var cluster = await EtcdCluster.StartAsync(3);
        var clients = Enumerable.Range(0, 3).Select(_ => cluster.CreateClient()).ToList();
        var servers = clients.Select(c => NewCachedStorage(c)).ToList();
        try
        {
            var stores = servers.Select(s => s.Open("pods", Resource)).ToList();
            foreach (var server in servers)
                await server.WaitUntilReadyAsync();
            using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            end.CancelAfter(TimeSpan.FromSeconds(120));

            var replays = stores.Select(s => ReplayAsync(s, end.Token)).ToList();
            var acknowledged = new ConcurrentBag<long>();
            using var writing = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
            writing.CancelAfter(Duration);
            var writers = Enumerable.Range(0, 6).Select(i => WriteAsync(stores[i % 3], new Random(seed + i), acknowledged, writing.Token, end.Token)).ToList();
            await HurtMembersAsync(cluster, new Random(seed - 1), writing.Token);
            await Task.WhenAll(writers);
            await cluster.WaitUntilHealthyAsync();
            await stores[0].CreateAsync(LastKey, Json("end"), null, end.Token);

            var seen = await Task.WhenAll(replays);
            var truth = await NewEtcdStore(clients[0], "pods").ListAsync(new ListQuery(""), end.Token);
            var written = acknowledged.ToHashSet();
            Assert.True(written.Count > 100, $"only {written.Count} writes were acknowledged");
            for (var i = 0; i < stores.Count; i++)
            {
                Assert.Equal(truth.Objects.Select(Show), seen[i].State.Values.Select(Show));
                Assert.Equal(truth.Objects.Select(Show), (await stores[i].ListAsync(new ListQuery(""), end.Token)).Objects.Select(Show));
                if (seen[i].Restarts == 0)
                    Assert.Empty(written.Except(seen[i].Versions));
            }
            output.WriteLine($"{written.Count} acknowledged writes; {string.Join(", ", seen.Select(s => $"{s.Versions.Count} events, {s.Restarts} restarts"))}");
        }
        finally
        {
            foreach (var server in servers)
                await server.DisposeAsync();
            foreach (var client in clients)
                client.Dispose();
        }
    }

    private static (string, long, string) Show(StoredObject o) => (o.Key, o.Version, ValueOf(o));

    private sealed class Replay
    {
        public SortedDictionary<string, StoredObject> State { get; } = new(StringComparer.Ordinal);

        public HashSet<long> Versions { get; } = [];

        public int Restarts { get; set; }
    }

    /// <summary>As an informer does it: list, watch, and list again when the watch cannot go on.</summary>
    private static async Task<Replay> ReplayAsync(IObjectStore store, CancellationToken cancel)
    {
        var replay = new Replay();
        while (true)
        {
            try
            {
                var list = await store.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Any }, cancel);
                replay.State.Clear();
                foreach (var found in list.Objects)
                    replay.State.Add(found.Key, found);
                var last = list.Version;
                await foreach (var e in store.WatchAsync(new WatchQuery("", list.Version), cancel))
                {
                    Assert.True(e.Version > last, $"event {e.Version} after {last}");
                    last = e.Version;
                    replay.Versions.Add(e.Version);
                    switch (e.Type)
                    {
                        case WatchEventType.Added:
                            replay.State.Add(e.Object!.Key, e.Object); // throws where it was there: an event too many or too few
                            break;
                        case WatchEventType.Modified:
                            Assert.True(replay.State.ContainsKey(e.Object!.Key));
                            replay.State[e.Object.Key] = e.Object;
                            break;
                        default:
                            Assert.True(replay.State.Remove(e.Object!.Key));
                            break;
                    }
                    if (e.Object!.Key == LastKey)
                        return replay;
                }
            }
            catch (StorageException e) when (e.Error is StorageError.Compacted or StorageError.SlowWatcher or StorageError.Unavailable)
            {
                replay.Restarts++;
            }
        }
    }

    private static async Task WriteAsync(IObjectStore store, Random random, ConcurrentBag<long> acknowledged, CancellationToken until, CancellationToken cancel)
    {
        for (var turn = 0; !until.IsCancellationRequested; turn++)
        {
            var key = $"ns{random.Next(3)}/{random.Next(40)}";
            try
            {
                var current = await store.GetAsync(key, random.Next(2) == 0 ? ReadConsistency.Any : ReadConsistency.Linearizable, cancel);
                if (current is null)
                    acknowledged.Add((await store.CreateAsync(key, Json(key, $"{turn}"), null, cancel)).Version);
                else if (random.Next(4) == 0)
                    acknowledged.Add(await store.DeleteAsync(key, current.Version, cancel));
                else
                    acknowledged.Add((await store.UpdateAsync(key, current.Version, Json(key, $"{turn}"), null, cancel)).Version);
            }
            catch (StorageException e) when (e.Error is StorageError.Conflict or StorageError.KeyExists or StorageError.NotFound or StorageError.Unknown or StorageError.Unavailable)
            {
                // lost to another writer, or to a member that died: what counts is what was acknowledged
            }
        }
    }

    /// <summary>One member at a time dies or hangs, and comes back.</summary>
    private static async Task HurtMembersAsync(EtcdCluster cluster, Random random, CancellationToken until)
    {
        while (!until.IsCancellationRequested)
        {
            var member = cluster.Members[random.Next(3)];
            if (random.Next(3) == 0)
            {
                await member.PauseAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(500, 3000)), Cancel);
                await member.ResumeAsync();
            }
            else
            {
                await member.KillAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(random.Next(100, 1000)), Cancel);
                member.Start();
            }
            await cluster.WaitUntilHealthyAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(300), Cancel);
        }
    }
}
