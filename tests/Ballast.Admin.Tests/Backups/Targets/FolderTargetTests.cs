using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Backups.Targets;

public sealed class FolderTargetTests : BackupTargetContract, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => Path.Combine(_folder.Path, "backups");

    internal override IBackupTarget Target => BackupTarget.Open(Folder, null);

    [Fact]
    public async Task A_file_is_for_its_owner_alone()
    {
        await WriteAsync("a", "1");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "a")));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_not_listed_and_is_removed_once_it_is_old()
    {
        await WriteAsync("a", "1");
        var left = Path.Combine(Folder, ".b.0123.part");
        await File.WriteAllTextAsync(left, "half", Cancel);
        Assert.Equal("a", Assert.Single(await Target.ListAsync(Cancel)).Name);
        await Target.RemoveUnfinishedAsync(DateTimeOffset.UtcNow.AddHours(-1), Cancel);
        Assert.True(File.Exists(left));
        File.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-2));
        await Target.RemoveUnfinishedAsync(DateTimeOffset.UtcNow.AddHours(-1), Cancel);
        Assert.Equal(["a"], Directory.EnumerateFiles(Folder).Select(Path.GetFileName));
    }

    /// <summary>S3 promises it too; the server that tests use does not keep that.</summary>
    [Fact]
    public async Task Of_writes_at_once_one_wins_whole()
    {
        var texts = Enumerable.Range(0, 8).Select(i => new string((char)('a' + i), 100_000 + i)).ToArray();
        await Task.WhenAll(texts.Select(t => Task.Run(() => WriteAsync("a", t))));
        Assert.Contains(await ReadAsync("a"), texts);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_used_is_named()
    {
        await File.WriteAllTextAsync(Folder, "a file", Cancel);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => WriteAsync("a", "1"));
        Assert.StartsWith($"the backup target {Folder} cannot be used: ", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("backups", "\"backups\" is no backup target: name a folder by its full path, or a bucket as https://HOST/BUCKET/PREFIX")]
    [InlineData("https://s3.example.com/", "\"https://s3.example.com/\" is no backup target: name a folder by its full path, or a bucket as https://HOST/BUCKET/PREFIX")]
    [InlineData("http://s3.example.com/bucket", "\"http://s3.example.com/bucket\" would send the cluster's secrets unencrypted: use https")]
    [InlineData("https://s3.example.com/bucket", "the bucket https://s3.example.com/bucket needs credentials: name their file with --s3-credentials FILE")]
    public void What_is_no_target_is_refused(string target, string message) =>
        Assert.Equal(message, Assert.Throws<ClusterException>(() => BackupTarget.Open(target, null)).Message);

    public void Dispose() => _folder.Dispose();
}
