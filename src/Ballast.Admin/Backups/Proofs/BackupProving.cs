using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Backups.Proofs;

/// <summary>Proves a backup as it lies in its target, and records the verdict beside it.</summary>
/// <param name="store">Where it is.</param>
/// <param name="proof">Restores the snapshot.</param>
/// <param name="key">The operator's, to see that the PKI can be opened; null leaves that out.</param>
/// <param name="scratch">A folder with room for the snapshot.</param>
/// <param name="time">The clock.</param>
public sealed class BackupProving(BackupStore store, SnapshotProof proof, BackupKey? key, string scratch, TimeProvider time)
{
    /// <exception cref="ClusterException">It cannot be tried: the target does not answer, or something is missing on this machine.</exception>
    public async Task<Verdict> RunAsync(Backup backup, CancellationToken cancel)
    {
        AtomicFile.Folder(scratch);
        var (snapshot, pki) = (Path.Combine(scratch, $"{backup.Name}.proof.db"), Path.Combine(scratch, $"{backup.Name}.proof.pki"));
        try
        {
            var damage = await store.FetchAsync(backup.Pki, pki, cancel) ?? WhyNotOpened(pki, backup.Pki.File) ?? await store.FetchAsync(backup.Snapshot, snapshot, cancel);
            var verdict = damage is null ? await proof.RunAsync(snapshot, cancel) : new Verdict(false, damage);
            await store.RecordAsync(backup.Name, new(Backup.CurrentVersion, verdict.Proven, time.GetUtcNow(), verdict.Reason), cancel);
            return verdict;
        }
        finally
        {
            File.Delete(snapshot);
            File.Delete(pki);
        }
    }

    private string? WhyNotOpened(string pki, string name)
    {
        try
        {
            key?.Open(File.ReadAllBytes(pki), name);
            return null;
        }
        catch (ClusterException refused)
        {
            return refused.Message;
        }
    }
}
