using Ballast.Admin.Backups.Proofs;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The two long steps of a scheduled backup. Cancelled, each ends at once and leaves nothing that counts.</summary>
/// <exception cref="Clusters.ClusterException">It could not be done now; it may be tried again.</exception>
internal interface IBackupWork
{
    Task<Backup> TakeAsync(string name, CancellationToken cancel);

    /// <summary>Restores it and records the verdict.</summary>
    Task<Verdict> ProveAsync(Backup backup, CancellationToken cancel);
}

/// <summary>Who is told how it goes. Never fails and never blocks.</summary>
internal interface IBackupReports
{
    void Taken(Backup backup, TimeSpan took);

    void Proven(Backup backup, Verdict verdict);

    void Pruned(IReadOnlyList<StoredBackup> removed);

    void Failed(string name, string reason);

    /// <summary>What there is, after each round.</summary>
    void Stored(IReadOnlyList<StoredBackup> backups);
}
