using System.Text;
using Ballast.Testing.Etcd;

namespace Ballast.Etcd.Tests;

public sealed class SingleMember : IAsyncLifetime
{
    public EtcdCluster Cluster { get; private set; } = null!;

    public EtcdClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Cluster = await EtcdCluster.StartAsync(tls: true);
        Client = Cluster.CreateClient();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Cluster.DisposeAsync();
    }
}

/// <summary>Against one member, over mutual TLS.</summary>
public sealed class KeyValueTests(SingleMember etcd) : IClassFixture<SingleMember>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly string _prefix = Guid.NewGuid().ToString("N") + "/";

    private IKeyValues Keys => etcd.Client.KeyValues;

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(EtcdKeyValue? kv) => Encoding.UTF8.GetString(kv!.Value.Span);

    [Fact]
    public async Task Create_writes_only_what_is_not_there()
    {
        var first = await Keys.CreateAsync(_prefix + "a", Bytes("1"), 0, Cancel);
        Assert.True(first.Succeeded);
        var second = await Keys.CreateAsync(_prefix + "a", Bytes("2"), 0, Cancel);
        Assert.False(second.Succeeded);
        Assert.Equal("1", Text(second.Current));
        Assert.Equal(first.Revision, second.Current!.ModRevision);
    }

    [Fact]
    public async Task Put_and_delete_hold_to_the_revision()
    {
        var created = await Keys.CreateAsync(_prefix + "a", Bytes("1"), 0, Cancel);
        var put = await Keys.PutIfModRevisionAsync(_prefix + "a", created.Revision, Bytes("2"), 0, Cancel);
        Assert.True(put.Succeeded);
        var late = await Keys.PutIfModRevisionAsync(_prefix + "a", created.Revision, Bytes("3"), 0, Cancel);
        Assert.False(late.Succeeded);
        Assert.Equal("2", Text(late.Current));
        Assert.False((await Keys.DeleteIfModRevisionAsync(_prefix + "a", created.Revision, Cancel)).Succeeded);
        Assert.True((await Keys.DeleteIfModRevisionAsync(_prefix + "a", put.Revision, Cancel)).Succeeded);
        var gone = await Keys.PutIfModRevisionAsync(_prefix + "a", put.Revision, Bytes("4"), 0, Cancel);
        Assert.False(gone.Succeeded);
        Assert.Null(gone.Current);
    }

    [Fact]
    public async Task Range_reads_pages_counts_and_the_past()
    {
        for (var i = 0; i < 5; i++)
            await Keys.CreateAsync($"{_prefix}{i}", Bytes("x"), 0, Cancel);
        var then = await Keys.CurrentRevisionAsync(Cancel);
        await Keys.CreateAsync(_prefix + "5", Bytes("x"), 0, Cancel);

        var page = await Keys.RangeAsync(KeyRange.Prefix(_prefix), new RangeOptions(Limit: 2), Cancel);
        Assert.Equal([_prefix + "0", _prefix + "1"], page.KeyValues.Select(k => k.Key));
        Assert.True(page.More);
        Assert.Equal(6, page.Count);
        Assert.Equal(5, (await Keys.RangeAsync(KeyRange.Prefix(_prefix), new RangeOptions(Revision: then), Cancel)).KeyValues.Count);
        var counted = await Keys.RangeAsync(KeyRange.Prefix(_prefix), new RangeOptions(CountOnly: true), Cancel);
        Assert.Empty(counted.KeyValues);
        Assert.Equal(6, counted.Count);
    }

    [Fact]
    public async Task Compacted_and_future_revisions_are_told_apart()
    {
        var first = await Keys.CreateAsync(_prefix + "a", Bytes("1"), 0, Cancel);
        var second = await Keys.PutIfModRevisionAsync(_prefix + "a", first.Revision, Bytes("2"), 0, Cancel);
        await Keys.CompactAsync(second.Revision, Cancel);
        var old = await Assert.ThrowsAsync<EtcdException>(() => Keys.RangeAsync(KeyRange.Prefix(_prefix), new RangeOptions(Revision: first.Revision), Cancel));
        Assert.Equal(EtcdError.Compacted, old.Error);
        var future = await Assert.ThrowsAsync<EtcdException>(() => Keys.RangeAsync(KeyRange.Prefix(_prefix), new RangeOptions(Revision: second.Revision + 1000), Cancel));
        Assert.Equal(EtcdError.FutureRevision, future.Error);
        var watch = await Assert.ThrowsAsync<EtcdException>(async () =>
        {
            await foreach (var _ in etcd.Client.Watches.WatchAsync(KeyRange.Prefix(_prefix), first.Revision, false, Cancel))
                Assert.Fail("events of a compacted revision");
        });
        Assert.Equal(EtcdError.Compacted, watch.Error);
        Assert.True(watch.CompactRevision >= second.Revision);
    }

    [Fact]
    public async Task A_key_ends_with_its_lease()
    {
        var lease = await etcd.Client.Leases.GrantAsync(100, Cancel);
        await Keys.CreateAsync(_prefix + "a", Bytes("1"), lease, Cancel);
        Assert.Equal(lease, (await Keys.GetAsync(_prefix + "a", Cancel))!.Lease);
        await etcd.Client.Leases.RevokeAsync(lease, Cancel);
        Assert.Null(await Keys.GetAsync(_prefix + "a", Cancel));
        var again = await Assert.ThrowsAsync<EtcdException>(() => etcd.Client.Leases.RevokeAsync(lease, Cancel));
        Assert.Equal(EtcdError.NotFound, again.Error);
    }

    [Fact]
    public async Task A_client_without_a_certificate_is_told_that_etcd_cannot_be_used()
    {
        var options = etcd.Cluster.Options with { Tls = null, Patience = TimeSpan.FromMilliseconds(300) };
        using var client = new EtcdClient(options, TimeProvider.System);
        var failure = await Assert.ThrowsAsync<EtcdException>(() => client.KeyValues.GetAsync("a", Cancel));
        Assert.Equal(EtcdError.Unavailable, failure.Error);
    }

    [Fact]
    public async Task Snapshot_is_whole_and_has_its_checksum()
    {
        await Keys.CreateAsync(_prefix + "a", new byte[200_000], 0, Cancel);
        using var copy = new MemoryStream();
        var written = await etcd.Client.Maintenance.SnapshotAsync(etcd.Client.Endpoints[0], copy, Cancel);
        Assert.Equal(copy.Length, written);
        Assert.Equal(32, written % 512); // database pages, then a SHA-256
    }

    [Fact]
    public async Task Status_defragmentation_and_alarms()
    {
        var member = etcd.Client.Endpoints[0];
        var status = await etcd.Client.Maintenance.StatusAsync(member, Cancel);
        Assert.True(status.IsLeader);
        Assert.StartsWith("3.", status.Version, StringComparison.Ordinal);
        Assert.True(status.DatabaseSize >= status.DatabaseSizeInUse);
        await etcd.Client.Maintenance.DefragmentAsync(member, Cancel);
        Assert.Empty(await etcd.Client.Maintenance.AlarmsAsync(member, Cancel));
        await etcd.Client.Maintenance.DisarmAsync(member, Cancel);
    }
}
