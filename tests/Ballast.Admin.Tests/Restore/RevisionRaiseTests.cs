using Ballast.Admin.Backups;
using Ballast.Admin.Restore;
using Ballast.Etcd;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Restore;

public sealed class RevisionRaiseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Parent => Path.Combine(_folder.Path, "scratch");

    [Theory]
    [InlineData(1)] // the bucket is a part of the page above it
    [InlineData(40)] // one page
    [InlineData(800)] // a tree
    public async Task Everything_is_as_it_was_but_at_a_revision_nobody_has_seen(int count)
    {
        const long revision = 3_000_000_007;
        var (snapshot, before) = await SnapshotAsync(count);
        var raised = Path.Combine(_folder.Path, "raised.db");
        await using (var scratch = await ScratchEtcd.FromSnapshotAsync(snapshot, Parent, TimeProvider.System, Cancel))
        {
            await RevisionRaise.RunAsync(scratch, revision, Cancel);
            await SameAsync(scratch, before, revision);
            await using var stream = File.Create(raised);
            await scratch.Client.Maintenance.SnapshotAsync(scratch.Endpoint, stream, Cancel);
        }
        await SnapshotFile.CheckAsync(raised, Cancel);

        // And so is what is restored from it, as etcd itself sees it.
        await using var again = await ScratchEtcd.FromSnapshotAsync(raised, Parent, TimeProvider.System, Cancel);
        await SameAsync(again, before, revision);
        var keys = again.Client.KeyValues;
        Assert.Equal(revision + 1, (await keys.CreateAsync("after", "v"u8.ToArray(), 0, Cancel)).Revision);
        foreach (var start in new[] { 1, before.Revision, before.Revision + 1, revision - 1 })
        {
            var gone = await Assert.ThrowsAsync<EtcdException>(async () => await again.Client.Watches.WatchAsync(KeyRange.All, start, false, Cancel).GetAsyncEnumerator(Cancel).MoveNextAsync());
            Assert.Equal((EtcdError.Compacted, revision), (gone.Error, gone.CompactRevision));
        }
        // The tree takes changes at both ends, and can be written anew.
        Assert.True((await keys.DeleteIfModRevisionAsync(before.KeyValues[^1].Key, before.KeyValues[^1].ModRevision, Cancel)).Succeeded);
        await keys.CompactAsync(revision + 2, Cancel);
        await again.Client.Maintenance.DefragmentAsync(again.Endpoint, Cancel);
        Assert.Equal(before.Count, (await keys.RangeAsync(KeyRange.All, new RangeOptions(CountOnly: true), Cancel)).Count);
    }

    [Fact]
    public async Task The_revision_is_read_from_the_file_alone_while_a_member_has_it_open_and_after()
    {
        var (snapshot, before) = await SnapshotAsync(300);
        await using var scratch = await ScratchEtcd.FromSnapshotAsync(snapshot, Parent, TimeProvider.System, Cancel);
        var data = "";
        await scratch.EditAsync(folder => data = folder, Cancel);
        var file = new EtcdDatabaseFile(EtcdDatabaseFile.In(data));
        Assert.Equal(before.Revision, file.Revision());
        await scratch.Client.KeyValues.DeleteIfModRevisionAsync("k/00001", before.KeyValues[1].ModRevision, Cancel);
        await scratch.Client.KeyValues.CompactAsync(before.Revision + 1, Cancel);
        Assert.Throws<IOException>(() => file.MoveDeletion("k/00001", 1 << 20));
        await scratch.EditAsync(_ =>
        {
            Assert.Equal(before.Revision + 1, file.Revision());
            Assert.False(file.MoveDeletion("somebody's", 1 << 20));
        }, Cancel);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task SameAsync(ScratchEtcd scratch, RangeResult before, long revision)
    {
        var after = await scratch.Client.KeyValues.RangeAsync(KeyRange.All, new RangeOptions(), Cancel);
        Assert.Equal(revision, after.Revision);
        Assert.Equal(before.KeyValues.Select(Text), after.KeyValues.Select(Text));
    }

    private static string Text(EtcdKeyValue k) => $"{k.Key}={Convert.ToBase64String(k.Value.Span)} {k.CreateRevision} {k.ModRevision} {k.Version}";

    private async Task<(string File, RangeResult Before)> SnapshotAsync(int count)
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Cancel }, async (i, token) =>
            await etcd.KeyValues.CreateAsync($"k/{i:00000}", new byte[i % 700], 0, token));
        var file = Path.Combine(_folder.Path, "snapshot.db");
        await new SnapshotSave(etcd, TimeProvider.System).RunAsync(file, Cancel);
        return (file, await etcd.KeyValues.RangeAsync(KeyRange.All, new RangeOptions(), Cancel));
    }
}
