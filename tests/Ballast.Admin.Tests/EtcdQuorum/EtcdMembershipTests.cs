using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Phases;
using Ballast.Etcd;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.EtcdQuorum;

public sealed class EtcdMembershipTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_leader_hands_over_before_it_is_removed_and_a_member_too_many_is_refused()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var etcd = cluster.CreateClient();
        var membership = new EtcdMembership(etcd, TimeProvider.System);
        var leader = (await membership.ListAsync(Cancel)).Single(m => m.Leader);
        Assert.Equal(leader.Name, (await membership.RemoveAsync(leader.Name, Cancel)).Name);
        var left = (await membership.ListAsync(Cancel)).ToList();
        Assert.Equal(2, left.Count);
        Assert.Single(left, m => m.Leader);

        var dead = cluster.Members.First(m => m.Name != leader.Name);
        await dead.KillAsync();
        var other = left.Single(m => m.Name != dead.Name);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => membership.RemoveAsync(other.Name, Cancel));
        // None is, where the dead one led: the other knows no leader then.
        Assert.Matches("^[01] of 2 members are healthy and 2 are needed", refused.Message);
    }

    [Fact]
    public async Task Adding_twice_is_adding_once_and_one_that_never_started_can_go()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var etcd = cluster.CreateClient();
        var membership = new EtcdMembership(etcd, TimeProvider.System);
        const string peerUrl = "http://127.0.0.1:9";
        var added = await membership.AddAsync(peerUrl, Cancel);
        Assert.True(added.IsLearner);
        Assert.Equal(added.Id, (await membership.AddAsync(peerUrl, Cancel)).Id);
        var listed = EtcdMembership.Find(await membership.ListAsync(Cancel), peerUrl);
        Assert.Equal((true, false, "it has never started"), (listed.Learner, listed.Healthy, listed.Error));
        await membership.RemoveAsync(peerUrl, Cancel);
        Assert.Equal(3, (await membership.ListAsync(Cancel)).Count);
    }

    [Fact]
    public async Task Members_are_known_by_other_names_than_they_give_themselves()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        Uri[] named = [.. cluster.Members.Select(m => new Uri($"http://localhost:{m.ClientUrl.Port}"))];
        using var etcd = new EtcdClient(new EtcdOptions(named), TimeProvider.System);
        var members = await new EtcdMembership(etcd, TimeProvider.System).ListAsync(Cancel);
        Assert.All(members, m => Assert.True(m.Healthy, m.Error));
        Assert.Equal(named.Select(n => n.OriginalString).Order(), members.Select(m => m.ClientUrl).Order());
        await cluster.Members[0].KillAsync();
        var dead = Assert.Single(await new EtcdMembership(etcd, TimeProvider.System).ListAsync(Cancel), m => m.Name == cluster.Members[0].Name);
        Assert.False(dead.Healthy);
    }

    [Fact]
    public async Task Defragmentation_takes_the_leader_last_and_stops_before_a_second_member_is_away()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var etcd = cluster.CreateClient();
        var leader = (await cluster.LeaderAsync(Cancel)).Name;
        var upkeep = new EtcdUpkeep(etcd, TimeProvider.System);
        var steps = new RecordedSteps();
        await upkeep.DefragmentAsync(steps, Cancel);
        Assert.Equal(3, steps.Titles.Count);
        Assert.Equal($"Defragment {leader} (leader)", steps.Titles[^1]);

        await cluster.Members[0].KillAsync();
        var refused = await Assert.ThrowsAsync<ClusterException>(() => upkeep.DefragmentAsync(steps, Cancel));
        Assert.StartsWith($"before the first: {cluster.Members[0].Name} is not healthy", refused.Message, StringComparison.Ordinal);
        Assert.Equal(3, steps.Titles.Count);
    }

    [Fact]
    public async Task Compaction_is_safe_to_repeat_and_refuses_the_future()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        for (var i = 0; i < 5; i++)
            await etcd.KeyValues.CreateAsync($"k/{i}", "v"u8.ToArray(), 0, Cancel);
        var upkeep = new EtcdUpkeep(etcd, TimeProvider.System);
        var revision = await upkeep.CompactAsync(null, Cancel);
        Assert.Equal(revision, await upkeep.CompactAsync(revision, Cancel));
        var gone = await Assert.ThrowsAsync<EtcdException>(() => etcd.KeyValues.RangeAsync(KeyRange.Prefix("k/"), new RangeOptions(Revision: revision - 1), Cancel));
        Assert.Equal(EtcdError.Compacted, gone.Error);
        var ahead = await Assert.ThrowsAsync<ClusterException>(() => upkeep.CompactAsync(revision + 1000, Cancel));
        Assert.Equal($"revision {revision + 1000} has not been reached yet: the store is at {revision}", ahead.Message);
    }

    private sealed class RecordedSteps : ISteps
    {
        public List<string> Titles { get; } = [];

        public async Task RunAsync(string title, Func<CancellationToken, Task<string>> work, CancellationToken cancel)
        {
            Titles.Add(title);
            await work(cancel);
        }

        public void Tell(string line)
        {
        }

        public void Warn(string sentence)
        {
        }
    }
}
