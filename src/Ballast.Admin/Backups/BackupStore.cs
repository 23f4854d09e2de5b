using System.Security.Cryptography;
using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Backups;

/// <summary>The backups in a target. Each method may die at any point: what is listed is whole, and what is left over is not listed and goes later.</summary>
public sealed class BackupStore(IBackupTarget target, TimeProvider time)
{
    /// <summary>How long files without a manifest are taken for those of a backup that is being written.</summary>
    private static readonly TimeSpan Unfinished = TimeSpan.FromHours(1);

    public string Description => target.Description;

    /// <summary>Every whole backup, the oldest first.</summary>
    public async Task<IReadOnlyList<StoredBackup>> ListAsync(CancellationToken cancel)
    {
        var files = (await target.ListAsync(cancel)).Select(f => f.Name).ToHashSet();
        var found = new List<StoredBackup>();
        foreach (var name in files.Select(f => Backup.NameOf(f) is { } n && f == Backup.ManifestOf(n) ? n : null).OfType<string>().Order(StringComparer.Ordinal))
        {
            // Gone meanwhile: it is being pruned.
            if (await FindAsync(name, files.Contains(Backup.ProofOf(name)), cancel) is { } backup)
                found.Add(backup);
        }
        return found;
    }

    /// <summary>Null where there is none of this name.</summary>
    public Task<StoredBackup?> FindAsync(string name, CancellationToken cancel) => FindAsync(name, mayHaveProof: true, cancel);

    /// <summary>Writes a snapshot and its PKI, and then the manifest that makes them a backup.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="snapshot">A file that was checked.</param>
    /// <param name="member">Where it came from.</param>
    /// <param name="taken">When.</param>
    /// <param name="pki">A sealed <see cref="PkiArchive"/>.</param>
    /// <param name="cancel">Gives up; the backup is there whole or not at all.</param>
    public async Task<Backup> AddAsync(string name, SnapshotFile snapshot, string member, DateTimeOffset taken, byte[] pki, CancellationToken cancel)
    {
        var contents = SnapshotContents.Read(snapshot.Path, cancel);
        var attempt = $"{name}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
        try
        {
            BackupPart database;
            await using (var content = File.OpenRead(snapshot.Path))
            {
                database = new($"{attempt}.db", content.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel)));
                content.Position = 0;
                await target.WriteAsync(database.File, content, cancel);
            }
            var keys = new BackupPart($"{attempt}.pki", pki.Length, Convert.ToHexStringLower(SHA256.HashData(pki)));
            await target.WriteAsync(keys.File, new MemoryStream(pki), cancel);
            var backup = new Backup(Backup.CurrentVersion, name, taken, member, contents.Revision, contents.Count, database, keys);
            await target.WriteAsync(Backup.ManifestOf(name), new MemoryStream(Backup.Serialize(backup)), cancel);
            return backup;
        }
        // Whoever cancels wants an end now: what is there without a manifest goes later.
        catch (ClusterException)
        {
            await RemoveQuietlyAsync([$"{attempt}.db", $"{attempt}.pki"], cancel);
            throw;
        }
    }

    /// <summary>Brings a file of a backup here, and compares it with its manifest.</summary>
    /// <returns>Null where it is what it was; else what is wrong with it.</returns>
    public async Task<string?> FetchAsync(BackupPart part, string path, CancellationToken cancel)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.ReadWrite, UnixCreateMode = AtomicFile.Secret });
        if (!await target.ReadAsync(part.File, file, cancel))
            return $"{part.File} is missing in {target.Description}";
        file.Position = 0;
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancel));
        return file.Length == part.Bytes && hash == part.Sha256 ? null
            : $"{part.File} in {target.Description} is damaged: it has {file.Length} bytes with the hash {hash[..12]}…, and was written with {part.Bytes} and {part.Sha256[..12]}…";
    }

    public Task RecordAsync(string name, BackupProof proof, CancellationToken cancel) =>
        target.WriteAsync(Backup.ProofOf(name), new MemoryStream(Backup.Serialize(proof)), cancel);

    /// <summary>Keeps the newest backups, and besides them the newest that is proven where none of those is.</summary>
    /// <param name="keep">How many; at least 1.</param>
    /// <param name="cancel">Stops after the backup that is being removed.</param>
    /// <returns>What was removed, the oldest first.</returns>
    public async Task<IReadOnlyList<StoredBackup>> PruneAsync(int keep, CancellationToken cancel)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        var all = await ListAsync(cancel);
        var lastProven = all.LastOrDefault(b => b.Proven);
        var removed = new List<StoredBackup>();
        foreach (var backup in all.SkipLast(keep).Where(b => b != lastProven))
        {
            await RemoveAsync(backup, cancel);
            removed.Add(backup);
        }
        return removed;
    }

    /// <summary>Removes what was left by those who died in the middle; what may be still in work stays.</summary>
    public async Task RemoveUnfinishedAsync(CancellationToken cancel)
    {
        var before = time.GetUtcNow() - Unfinished;
        await target.RemoveUnfinishedAsync(before, cancel);
        foreach (var files in (await target.ListAsync(cancel)).GroupBy(f => Backup.NameOf(f.Name)).Where(g => g.Key is not null))
        {
            var backup = files.Any(f => f.Name == Backup.ManifestOf(files.Key!)) ? await FindAsync(files.Key!, mayHaveProof: false, cancel) : null;
            string[] belong = backup is null ? [] : [Backup.ManifestOf(backup.Name), Backup.ProofOf(backup.Name), backup.Backup.Snapshot.File, backup.Backup.Pki.File];
            foreach (var file in files.Where(f => f.Written < before && !belong.Contains(f.Name)))
                await target.DeleteAsync(file.Name, cancel);
        }
    }

    private async Task<StoredBackup?> FindAsync(string name, bool mayHaveProof, CancellationToken cancel)
    {
        if (await ReadAsync<Backup>(Backup.ManifestOf(name), b => b.Version, cancel) is not { } backup)
            return null;
        return new(backup, mayHaveProof ? await ReadAsync<BackupProof>(Backup.ProofOf(name), p => p.Version, cancel) : null);
    }

    private async Task<T?> ReadAsync<T>(string file, Func<T, int> version, CancellationToken cancel)
        where T : class
    {
        using var content = new MemoryStream();
        return await target.ReadAsync(file, content, cancel) ? Backup.Deserialize(content.ToArray(), file, version) : null;
    }

    /// <summary>The manifest first: from then on there is no backup of which something could be missing.</summary>
    private async Task RemoveAsync(StoredBackup backup, CancellationToken cancel)
    {
        foreach (var file in (string[])[Backup.ManifestOf(backup.Name), Backup.ProofOf(backup.Name), backup.Backup.Snapshot.File, backup.Backup.Pki.File])
            await target.DeleteAsync(file, cancel);
    }

    private async Task RemoveQuietlyAsync(string[] files, CancellationToken cancel)
    {
        try
        {
            foreach (var file in files)
                await target.DeleteAsync(file, cancel);
        }
        catch (ClusterException)
        {
            // The target does not answer: they are not listed, and go later.
        }
    }
}
