using System.Text;
using Ballast.Admin.Backups;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Testing.Etcd;

namespace Ballast.Admin.Tests.Backups;

public sealed class EtcdFixture : IAsyncLifetime
{
    public EtcdCluster Cluster { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Cluster = await EtcdCluster.StartAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

public sealed class BackupStoreTests : IClassFixture<EtcdFixture>, IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly EtcdFixture _etcd;
    private readonly BackupStore _store;
    private readonly BackupKey _key;

    public BackupStoreTests(EtcdFixture etcd)
    {
        _etcd = etcd;
        _store = new(Target, TimeProvider.System);
        _key = TestBackups.Key(_folder.Path);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_folder.Path, "backups");

    private IBackupTarget Target => BackupTarget.Open(Folder, null);

    private string[] Files => [.. Directory.EnumerateFiles(Folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void Names_sort_by_time_and_files_are_told_from_others()
    {
        Assert.Equal("snapshot-20261125T120000Z", Backup.NameAt(Noon));
        Assert.Equal("snapshot-20261125T120000Z", Backup.NameAt(Noon.ToOffset(TimeSpan.FromHours(5))));
        var times = Enumerable.Range(0, 500).Select(i => Noon.AddMinutes(i * 997)).ToList();
        Assert.Equal(times.Select(Backup.NameAt), times.Select(Backup.NameAt).Order(StringComparer.Ordinal));
        var name = Backup.NameAt(Noon);
        Assert.All([$"{name}.json", $"{name}.proof.json", $"{name}-0123abcd.db", $"{name}-0123abcd.pki"], f => Assert.Equal(name, Backup.NameOf(f)));
        Assert.All(["notes.txt", $"{name}.txt", $"{name}-0123.db", $"x{name}.json", "snapshot-2026.json"], f => Assert.Null(Backup.NameOf(f)));
    }

    [Fact]
    public async Task A_backup_is_listed_with_what_is_in_it_and_its_verdict()
    {
        var taken = await TakeAsync(Noon);
        var found = Assert.Single(await _store.ListAsync(Cancel));
        Assert.Equal(taken, found.Backup);
        Assert.Equal(("unproven", (BackupProof?)null), (found.Verdict, found.Proof));
        await _store.RecordAsync(taken.Name, new(1, true, Noon, "as it should be"), Cancel);
        Assert.Equal("proven", Assert.Single(await _store.ListAsync(Cancel)).Verdict);

        var file = Path.Combine(_folder.Path, "back.db");
        Assert.Null(await _store.FetchAsync(taken.Snapshot, file, Cancel));
        var contents = SnapshotContents.Read((await SnapshotFile.CheckAsync(file, Cancel)).Path, Cancel);
        Assert.Equal((taken.Revision, taken.Keys), (contents.Revision, contents.Count));
        Assert.Equal([taken.Snapshot.File, taken.Pki.File, $"{taken.Name}.json", $"{taken.Name}.proof.json"], Files);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "scratch")));
    }

    [Fact]
    public async Task A_backup_is_not_taken_twice()
    {
        await TakeAsync(Noon);
        var refused = await Assert.ThrowsAsync<ClusterException>(() => TakeAsync(Noon));
        Assert.Equal($"there is a backup {Backup.NameAt(Noon)} in {Folder} already: a backup is not overwritten", refused.Message);
        Assert.Equal(3, Files.Length);
    }

    /// <summary>The form of the manifests: what was written once must be read for ever.</summary>
    [Fact]
    public async Task The_forms_of_the_documents_are_pinned()
    {
        await WriteAsync("snapshot-20261125T120000Z.json", """
            {
              "version": 1,
              "name": "snapshot-20261125T120000Z",
              "time": "2026-11-25T12:00:01+00:00",
              "member": "control-plane-2",
              "revision": 7,
              "keys": 5,
              "snapshot": {
                "file": "snapshot-20261125T120000Z-0123abcd.db",
                "bytes": 20512,
                "sha256": "00"
              },
              "pki": {
                "file": "snapshot-20261125T120000Z-0123abcd.pki",
                "bytes": 44,
                "sha256": "11"
              }
            }

            """);
        await WriteAsync("snapshot-20261125T120000Z.proof.json", """
            {
              "version": 1,
              "proven": false,
              "time": "2026-11-25T12:00:09+00:00",
              "reason": "it was cut off"
            }

            """);
        var found = Assert.Single(await _store.ListAsync(Cancel));
        Assert.Equal(new(1, "snapshot-20261125T120000Z", Noon.AddSeconds(1), "control-plane-2", 7, 5,
            new("snapshot-20261125T120000Z-0123abcd.db", 20512, "00"), new("snapshot-20261125T120000Z-0123abcd.pki", 44, "11")), found.Backup);
        Assert.Equal(new(1, false, Noon.AddSeconds(9), "it was cut off"), found.Proof);
        Assert.Equal(await ReadAsync("snapshot-20261125T120000Z.json"), Encoding.UTF8.GetString(Backup.Serialize(found.Backup)));
        Assert.Equal(await ReadAsync("snapshot-20261125T120000Z.proof.json"), Encoding.UTF8.GetString(Backup.Serialize(found.Proof!)));
    }

    [Fact]
    public async Task A_manifest_of_another_version_or_damaged_is_named_and_nothing_of_it_is_removed()
    {
        var taken = await TakeAsync(Noon);
        var manifest = Path.Combine(Folder, $"{taken.Name}.json");
        var good = await File.ReadAllTextAsync(manifest, Cancel);
        foreach (var (bad, message) in new[]
        {
            (good.Replace("\"version\": 1", "\"version\": 2", StringComparison.Ordinal), $"{taken.Name}.json is of version 2, and this program reads version 1"),
            ("{", $"{taken.Name}.json in the backup target is damaged: "),
        })
        {
            await File.WriteAllTextAsync(manifest, bad, Cancel);
            Age();
            Assert.StartsWith(message, (await Assert.ThrowsAsync<ClusterException>(() => _store.ListAsync(Cancel))).Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<ClusterException>(() => _store.RemoveUnfinishedAsync(Cancel));
            Assert.Equal(3, Files.Length);
        }
    }

    [Fact]
    public async Task A_damaged_or_missing_file_is_told_when_it_is_fetched()
    {
        var taken = await TakeAsync(Noon);
        var file = Path.Combine(Folder, taken.Snapshot.File);
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[5000] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Cancel);
        var to = Path.Combine(_folder.Path, "back.db");
        Assert.StartsWith($"{taken.Snapshot.File} in {Folder} is damaged: ", await _store.FetchAsync(taken.Snapshot, to, Cancel), StringComparison.Ordinal);
        File.Delete(file);
        Assert.Equal($"{taken.Snapshot.File} is missing in {Folder}", await _store.FetchAsync(taken.Snapshot, to, Cancel));
    }

    [Theory]
    [InlineData("ppp", 2, "pp")] // the newest
    [InlineData("fpff", 1, "pf")] // and the last that is proven
    [InlineData("ppff", 2, "pff")]
    [InlineData("uuu", 1, "u")]
    [InlineData("pu", 5, "pu")]
    public async Task Pruning_keeps_the_newest_and_the_last_that_is_proven(string verdicts, int keep, string left)
    {
        for (var i = 0; i < verdicts.Length; i++)
        {
            var taken = await TakeAsync(Noon.AddHours(i));
            if (verdicts[i] != 'u')
                await _store.RecordAsync(taken.Name, new(1, verdicts[i] == 'p', Noon, ""), Cancel);
        }
        var all = await _store.ListAsync(Cancel);
        var removed = await _store.PruneAsync(keep, Cancel);
        var kept = await _store.ListAsync(Cancel);
        Assert.Equal(left, string.Concat(kept.Select(b => b.Verdict[0])));
        Assert.Equal(all, removed.Concat(kept).OrderBy(b => b.Name));
        Assert.Equal(kept.Sum(b => b.Proof is null ? 3 : 4), Files.Length);
        Assert.Empty(await _store.PruneAsync(keep, Cancel));
    }

    [Fact]
    public async Task What_was_left_half_written_is_never_listed_and_goes_once_it_is_old()
    {
        var taken = await TakeAsync(Noon);
        var other = Backup.NameAt(Noon.AddHours(1));
        // Died before the manifest; took the same backup as another and lost; died while it pruned; somebody else's.
        string[] left = [$"{other}-00000000.db", $"{other}-00000000.pki", $"{taken.Name}-ffffffff.db", $"{Backup.NameAt(Noon.AddHours(2))}.proof.json", "notes.txt"];
        foreach (var file in left)
            await WriteAsync(file, "half");
        Assert.Equal(taken, Assert.Single(await _store.ListAsync(Cancel)).Backup);
        await _store.RemoveUnfinishedAsync(Cancel);
        Assert.Equal(8, Files.Length);
        Age();
        await _store.RemoveUnfinishedAsync(Cancel);
        Assert.Equal(["notes.txt", $"{taken.Name}.json", taken.Snapshot.File, taken.Pki.File], Files.OrderBy(f => f.Length));
        Assert.Equal(taken, Assert.Single(await _store.ListAsync(Cancel)).Backup);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<Backup> TakeAsync(DateTimeOffset due)
    {
        using var etcd = _etcd.Cluster.CreateClient();
        return await new BackupTaking(_store, etcd, TestBackups.Host(_folder.Path), _key, Path.Combine(_folder.Path, "scratch"), TimeProvider.System).RunAsync(Backup.NameAt(due), Cancel);
    }

    private void Age()
    {
        foreach (var file in Files)
            File.SetLastWriteTimeUtc(Path.Combine(Folder, file), DateTime.UtcNow.AddHours(-2));
    }

    private Task WriteAsync(string file, string text) => Target.WriteAsync(file, new MemoryStream(Encoding.UTF8.GetBytes(text)), Cancel);

    private Task<string> ReadAsync(string file) => File.ReadAllTextAsync(Path.Combine(Folder, file), Cancel);
}
