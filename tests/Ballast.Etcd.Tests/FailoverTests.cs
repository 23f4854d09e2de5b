using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ballast.Testing;
using Ballast.Testing.Etcd;

namespace Ballast.Etcd.Tests;

/// <summary>What callers notice when members die, hang and come back. Each test has a cluster of its own.</summary>
public sealed class FailoverTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static byte[] Value { get; } = Encoding.UTF8.GetBytes("v");

    [Fact]
    public async Task A_dead_member_costs_no_caller_an_error()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var client = cluster.CreateClient();
        await cluster.Members[0].KillAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.True((await RetryUnknownAsync(client, $"k/{i}")).Succeeded);
            Assert.NotNull(await client.KeyValues.GetAsync($"k/{i}", Cancel));
        }
        Assert.Equal(3, (await client.Members.ListAsync(Cancel)).Count);
    }

    /// <summary>A write under way while the leader dies may end as unknown; then it is looked up, as every caller must.</summary>
    private static async Task<TransactionResult> RetryUnknownAsync(EtcdClient client, string key)
    {
        try
        {
            return await client.KeyValues.CreateAsync(key, Value, 0, Cancel);
        }
        catch (EtcdException e) when (e.Error == EtcdError.Unknown)
        {
            var found = await client.KeyValues.GetAsync(key, Cancel);
            return found is null ? await client.KeyValues.CreateAsync(key, Value, 0, Cancel) : new TransactionResult(true, found.ModRevision, null);
        }
    }

    /// <param name="heartbeatSeconds">Found by the watch's own heartbeat, or, where that is slow, by the pings of the connection below it.</param>
    [Theory]
    [InlineData(2)]
    [InlineData(60)]
    public async Task A_watch_leaves_a_member_that_hangs_and_misses_nothing(int heartbeatSeconds)
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        var hung = cluster.Members.First(m => m != cluster.Members[0]);
        // The watcher knows the hung member first, the writer does not know it at all.
        using var watcher = new EtcdClient(cluster.Options with { WatchHeartbeat = TimeSpan.FromSeconds(heartbeatSeconds) }, TimeProvider.System);
        using var writer = new EtcdClient(new EtcdOptions([.. cluster.Members.Where(m => m != hung).Select(m => m.ClientUrl)]), TimeProvider.System);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        stop.CancelAfter(TimeSpan.FromSeconds(60));

        // Three watches go to three members: one of them is the one that hangs.
        var start = await writer.KeyValues.CurrentRevisionAsync(Cancel);
        var watches = Enumerable.Range(0, 3).Select(_ => WatchAsync(watcher, start + 1, 40, stop.Token)).ToList();
        for (var i = 0; i < 20; i++)
            await RetryUnknownAsync(writer, $"k/{i:00}");
        await hung.PauseAsync();
        var paused = Stopwatch.StartNew();
        for (var i = 20; i < 40; i++)
            await RetryUnknownAsync(writer, $"k/{i:00}");
        foreach (var seen in await Task.WhenAll(watches))
            Assert.Equal(Enumerable.Range(0, 40).Select(i => $"k/{i:00}"), seen);
        Assert.True(paused.Elapsed < TimeSpan.FromSeconds(15), string.Create(CultureInfo.InvariantCulture, $"took {paused.Elapsed}"));
    }

    private static async Task<List<string>> WatchAsync(EtcdClient client, long from, int count, CancellationToken cancel)
    {
        var seen = new List<string>();
        await foreach (var batch in client.Watches.WatchAsync(KeyRange.Prefix("k/"), from, withPrevious: false, cancel))
        {
            seen.AddRange(batch.Events.Select(e => e.KeyValue.Key));
            if (seen.Count >= count)
                break;
        }
        return seen;
    }

    [Fact]
    public async Task A_watch_survives_the_restart_of_every_member()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var client = cluster.CreateClient();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        stop.CancelAfter(TimeSpan.FromSeconds(90));
        var watch = WatchAsync(client, await client.KeyValues.CurrentRevisionAsync(Cancel) + 1, 30, stop.Token);
        for (var i = 0; i < 30; i++)
        {
            if (i % 10 == 0)
            {
                var member = cluster.Members[i / 10];
                await member.KillAsync();
                member.Start();
                await cluster.WaitUntilHealthyAsync();
            }
            await RetryUnknownAsync(client, $"k/{i:00}");
        }
        Assert.Equal(Enumerable.Range(0, 30).Select(i => $"k/{i:00}"), await watch);
    }

    [Fact]
    public async Task Without_a_quorum_writes_fail_soon_and_stale_reads_answer()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var client = cluster.CreateClient();
        await client.KeyValues.CreateAsync("k", Value, 0, Cancel);
        await cluster.Members[0].KillAsync();
        await cluster.Members[1].KillAsync();
        await Task.Delay(TimeSpan.FromSeconds(2.5), Cancel); // etcd's own election timeout: until then the leader still believes in itself

        var watch = Stopwatch.StartNew();
        Assert.Equal(EtcdError.Unavailable, (await Assert.ThrowsAsync<EtcdException>(() => client.KeyValues.CreateAsync("k2", Value, 0, Cancel))).Error);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        Assert.Equal(EtcdError.Unavailable, (await Assert.ThrowsAsync<EtcdException>(() => client.KeyValues.GetAsync("k", Cancel))).Error);
        Assert.NotNull(await client.KeyValues.GetAsync("k", Cancel, serializable: true));

        cluster.Members[0].Start();
        await cluster.WaitUntilHealthyAsync();
        Assert.True((await client.KeyValues.CreateAsync("k2", Value, 0, Cancel)).Succeeded);
    }

    [Fact]
    public async Task Members_come_go_and_hand_over_leadership()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var client = cluster.CreateClient();
        var leader = await cluster.LeaderAsync(Cancel);
        var members = await client.Members.ListAsync(Cancel);
        var target = members.First(m => m.Name != leader.Name);
        await client.Maintenance.MoveLeaderAsync(leader.ClientUrl, target.Id, Cancel);
        Assert.Equal(target.Name, (await cluster.LeaderAsync(Cancel)).Name);

        // etcd refuses member changes until the new leader has been in touch with all for a while.
        await WhenAllowedAsync(async () =>
        {
            if ((await client.Members.ListAsync(Cancel)).SingleOrDefault(m => m.Name == leader.Name) is { } old)
                await client.Members.RemoveAsync(old.Id, Cancel);
        });
        EtcdMember learner = null!;
        await WhenAllowedAsync(async () => learner = (await client.Members.ListAsync(Cancel)).SingleOrDefault(m => m.PeerUrls.Contains("http://127.0.0.1:9"))
            ?? await client.Members.AddAsLearnerAsync("http://127.0.0.1:9", Cancel));
        Assert.True(learner.IsLearner);
        // Each member lists those it knows of, which may be a little behind.
        await Eventually.TrueAsync(async () => (await client.Members.ListAsync(Cancel)).Count == 3, "three members");
        await Assert.ThrowsAsync<EtcdException>(() => client.Members.PromoteAsync(learner.Id, Cancel)); // it never caught up
        await client.Members.RemoveAsync(learner.Id, Cancel);
        await Eventually.TrueAsync(async () => (await client.Members.ListAsync(Cancel)).Count == 2, "two members");
    }

    /// <summary>The removed member ends while it is asked: an answer may be lost, so each change looks first.</summary>
    private static async Task WhenAllowedAsync(Func<Task> change)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                await change();
                return;
            }
            catch (EtcdException e) when (e.Error is EtcdError.Refused or EtcdError.Unknown && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.Delay(200, Cancel);
            }
        }
    }
}
