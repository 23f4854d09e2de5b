using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Etcd;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Backups;

public sealed class ScratchEtcdTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Parent => Path.Combine(_folder.Path, "scratch");

    [Fact]
    public async Task It_holds_what_the_snapshot_holds_lets_nobody_else_in_and_leaves_nothing()
    {
        var snapshot = await SnapshotAsync();
        Uri endpoint;
        await using (var scratch = await ScratchEtcd.FromSnapshotAsync(snapshot, Parent, TimeProvider.System, Cancel))
        {
            endpoint = scratch.Endpoint;
            var all = await scratch.Client.KeyValues.RangeAsync(KeyRange.Prefix("k/"), new RangeOptions(), Cancel);
            Assert.Equal(["k/0", "k/1", "k/2"], all.KeyValues.Select(k => k.Key));
            Assert.Equal(4, all.Revision);
            Assert.True((await scratch.Client.KeyValues.CreateAsync("k/3", "v"u8.ToArray(), 0, Cancel)).Succeeded);
            var folder = Assert.Single(Directory.EnumerateDirectories(Parent));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
            Assert.Equal("127.0.0.1", endpoint.Host);

            using var stranger = new EtcdClient(new EtcdOptions([new Uri($"http://{endpoint.Authority}")]) { Patience = TimeSpan.Zero }, TimeProvider.System);
            await Assert.ThrowsAsync<EtcdException>(() => stranger.KeyValues.CurrentRevisionAsync(Cancel));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(Parent));
        Assert.True(SubnetClaims.IsFree(System.Net.IPAddress.Loopback, endpoint.Port));
    }

    [Fact]
    public async Task A_file_that_is_no_snapshot_leaves_nothing_behind()
    {
        var file = Path.Combine(_folder.Path, "bad.db");
        await File.WriteAllBytesAsync(file, [.. (await File.ReadAllBytesAsync(await SnapshotAsync(), Cancel)).Reverse()], Cancel);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => ScratchEtcd.FromSnapshotAsync(file, Parent, TimeProvider.System, Cancel));
        Assert.StartsWith($"etcdctl cannot restore {file}: ", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Parent));
    }

    [Fact]
    public async Task One_member_of_three_is_copied_with_all_that_had_reached_its_disk_and_stays_as_it_is()
    {
        await using var cluster = await EtcdCluster.StartAsync(3);
        using var etcd = cluster.CreateClient();
        for (var i = 0; i < 200; i++)
            await etcd.KeyValues.CreateAsync($"k/{i:000}", "v"u8.ToArray(), 0, Cancel);
        // A leader has written down what it acknowledged, but not always in the database: that is done ten times a second.
        var leader = await cluster.LeaderAsync(Cancel);
        foreach (var member in cluster.Members)
            await member.KillAsync();
        var before = Files();

        await using var scratch = await ScratchEtcd.FromDataAsync(leader.DataFolder, Parent, TimeProvider.System, Cancel);
        var all = await scratch.Client.KeyValues.RangeAsync(KeyRange.Prefix("k/"), new RangeOptions(CountOnly: true), Cancel);
        Assert.True(all.Count >= 199, $"{all.Count} of 200"); // the last may not be known to be committed
        Assert.Single(await scratch.Client.Members.ListAsync(Cancel));
        Assert.Equal(before, Files());

        string[] Files() => [.. Directory.EnumerateFiles(leader.DataFolder, "*", SearchOption.AllDirectories).Order().Select(f => $"{f} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f)))}")];
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> SnapshotAsync()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        for (var i = 0; i < 3; i++)
            await etcd.KeyValues.CreateAsync($"k/{i}", "v"u8.ToArray(), 0, Cancel);
        var file = Path.Combine(_folder.Path, "snapshot.db");
        await new SnapshotSave(etcd, TimeProvider.System).RunAsync(file, Cancel);
        return file;
    }
}
