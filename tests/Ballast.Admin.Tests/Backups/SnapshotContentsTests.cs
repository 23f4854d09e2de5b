using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Etcd;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Backups;

public sealed class SnapshotContentsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A tree of several levels, values over several pages, changed and deleted keys, leases, a compaction.</summary>
    [Fact]
    public async Task It_holds_what_etcd_says_it_holds()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        for (var i = 0; i < 600; i++)
            await etcd.KeyValues.CreateAsync($"/registry/things/{i:000}", Encoding.UTF8.GetBytes(new string('v', i * 3)), 0, Cancel);
        await etcd.KeyValues.CreateAsync("/registry/large", new byte[300_000], 0, Cancel);
        for (var i = 0; i < 600; i += 3)
        {
            var now = await etcd.KeyValues.GetAsync($"/registry/things/{i:000}", Cancel);
            if (i % 2 == 0)
                await etcd.KeyValues.DeleteIfModRevisionAsync(now!.Key, now.ModRevision, Cancel);
            else
                await etcd.KeyValues.PutIfModRevisionAsync(now!.Key, now.ModRevision, "changed"u8.ToArray(), 0, Cancel);
            if (i == 300)
                await etcd.KeyValues.CompactAsync(await etcd.KeyValues.CurrentRevisionAsync(Cancel), Cancel);
        }
        var expected = await etcd.KeyValues.RangeAsync(KeyRange.All, new(), Cancel);

        var contents = SnapshotContents.Read(await SaveAsync(etcd, "full.db"), Cancel);
        Assert.Equal(expected.Revision, contents.Revision);
        Assert.Equal(expected.KeyValues.Select(k => k.Key), contents.Names);
        Assert.Equal(expected.Count, contents.Count);
        var values = contents.ValuesOf(contents.Names);
        Assert.All(expected.KeyValues, kv =>
        {
            Assert.Equal(kv.ModRevision, values[kv.Key].ModRevision);
            Assert.Equal(kv.Value.ToArray(), values[kv.Key].Value.ToArray());
        });
    }

    /// <summary>An etcd that is not ours alone.</summary>
    [Fact]
    public async Task Keys_that_are_no_text_are_told_apart()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        var url = cluster.Members[0].ClientUrl.OriginalString;
        foreach (var key in new[] { "key-\\200", "key-\\201", "key-\\202" })
        {
            using var put = Process.Start(new ProcessStartInfo("sh", ["-c", $"etcdctl --endpoints={url} put -- \"$(printf '{key}')\" v >/dev/null"]) { Environment = { ["ETCDCTL_API"] = "3" } })!;
            await put.WaitForExitAsync(Cancel);
            Assert.Equal(0, put.ExitCode);
        }
        Assert.Equal(3, SnapshotContents.Read(await SaveAsync(etcd, "foreign.db"), Cancel).Count);
    }

    [Fact]
    public async Task The_revision_of_what_was_deleted_and_compacted_is_not_forgotten()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        var empty = SnapshotContents.Read(await SaveAsync(etcd, "empty.db"), Cancel);
        Assert.Equal((1, 0), (empty.Revision, empty.Count));
        var created = await etcd.KeyValues.CreateAsync("k", "v"u8.ToArray(), 0, Cancel);
        await etcd.KeyValues.DeleteIfModRevisionAsync("k", created.Revision, Cancel);
        var now = await etcd.KeyValues.CurrentRevisionAsync(Cancel);
        await etcd.KeyValues.CompactAsync(now, Cancel);
        var after = SnapshotContents.Read(await SaveAsync(etcd, "after.db"), Cancel);
        Assert.Equal((now, 0), (after.Revision, after.Count));
    }

    [Fact]
    public async Task A_damaged_page_is_told_even_where_the_hash_was_made_to_fit()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        for (var i = 0; i < 300; i++)
            await etcd.KeyValues.CreateAsync($"/registry/things/{i:000}", new byte[200], 0, Cancel);
        var good = await File.ReadAllBytesAsync(await SaveAsync(etcd, "good.db"), Cancel);
        var refused = 0;
        for (var page = 0; page < good.Length / 4096; page++)
        {
            var bytes = good[..^32];
            for (var i = 0; i < 16; i++)
                bytes[page * 4096 + i] ^= 0x55;
            var file = Path.Combine(_folder.Path, "bad.db");
            await File.WriteAllBytesAsync(file, [.. bytes, .. SHA256.HashData(bytes)], Cancel);
            try
            {
                SnapshotContents.Read(file, Cancel);
            }
            catch (ClusterException told)
            {
                Assert.StartsWith($"{file} cannot be used: it is no etcd database: ", told.Message, StringComparison.Ordinal);
                refused++;
            }
        }
        // Free pages do not matter, those of the tree do.
        Assert.True(refused > 10, $"{refused} were refused");
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> SaveAsync(EtcdClient etcd, string name) => (await new SnapshotSave(etcd, TimeProvider.System).RunAsync(Path.Combine(_folder.Path, name), Cancel)).File.Path;
}
