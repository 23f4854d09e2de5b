using System.Diagnostics;
using Ballast.Admin.Backups;
using Ballast.Admin.Clusters;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Backups;

public sealed class SnapshotTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_saved_here_is_read_by_etcdctl_and_the_other_way_round()
    {
        await using var cluster = await EtcdCluster.StartAsync();
        using var etcd = cluster.CreateClient();
        await etcd.KeyValues.CreateAsync("k", "v"u8.ToArray(), 0, Cancel);
        var ours = Path.Combine(_folder.Path, "ours.db");
        var (saved, from) = await new SnapshotSave(etcd, TimeProvider.System).RunAsync(ours, Cancel);
        Assert.Equal(cluster.Members[0].Name, from.Name);
        Assert.Equal(new FileInfo(ours).Length, saved.Bytes);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ours));
        await EtcdctlAsync("snapshot", "restore", ours, "--data-dir", Path.Combine(_folder.Path, "restored"));

        var theirs = Path.Combine(_folder.Path, "theirs.db");
        await EtcdctlAsync("--endpoints", cluster.Members[0].ClientUrl.ToString(), "snapshot", "save", theirs);
        Assert.Equal(new FileInfo(theirs).Length, (await SnapshotFile.CheckAsync(theirs, Cancel)).Bytes);

        var again = await Assert.ThrowsAsync<ClusterException>(() => new SnapshotSave(etcd, TimeProvider.System).RunAsync(ours, Cancel));
        Assert.Equal($"{ours} is there already: a backup is not overwritten", again.Message);
        Assert.Equal(["ours.db", "theirs.db"], Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Order());

        var good = await File.ReadAllBytesAsync(ours, Cancel);
        await RefusedAsync([], "it is empty");
        await RefusedAsync(good[..10], "10 bytes are no etcd snapshot");
        await RefusedAsync([.. new byte[4096]], "it is no etcd database");
        await RefusedAsync(good[..^32], "it has no hash at its end");
        await RefusedAsync(good[..^100], "it was cut off");
        var flipped = (byte[])good.Clone();
        flipped[good.Length / 2] ^= 1;
        await RefusedAsync(flipped, "its content is not what its hash says");
    }

    public void Dispose() => _folder.Dispose();

    private async Task RefusedAsync(byte[] content, string reason)
    {
        var file = Path.Combine(_folder.Path, "bad.db");
        await File.WriteAllBytesAsync(file, content, Cancel);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => SnapshotFile.CheckAsync(file, Cancel));
        Assert.StartsWith($"{file} cannot be used: {reason}", refused.Message, StringComparison.Ordinal);
    }

    private static async Task EtcdctlAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("etcdctl", arguments) { Environment = { ["ETCDCTL_API"] = "3" }, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync(Cancel);
        await process.StandardOutput.ReadToEndAsync(Cancel);
        await process.WaitForExitAsync(Cancel);
        Assert.True(process.ExitCode == 0, await error);
    }
}
