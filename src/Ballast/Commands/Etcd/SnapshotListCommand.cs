using System.CommandLine;
using System.Globalization;
using Ballast.Admin.Backups;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot list</c>.</summary>
internal static class SnapshotListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "Every backup, the oldest first, and whether it was proven to restore.")
            .WithExamples("ballast etcd snapshot list", "ballast etcd snapshot list --target /var/backups/etcd -o json");
        var cluster = new ClusterOrMachine(command);
        var target = new BackupTargetSelection(command, cluster);
        var output = new Output(command);
        command.OnRun((result, cancel) => target.WithStoreAsync(result, async store =>
        {
            output.Write(result, [.. (await store.ListAsync(cancel)).Select(Row.Of)],
                ("NAME", b => b.Name), ("TIME", b => b.Time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
                ("REVISION", b => b.Revision.ToString(CultureInfo.InvariantCulture)), ("KEYS", b => b.Keys.ToString(CultureInfo.InvariantCulture)),
                ("SIZE", b => $"{b.Bytes >> 10}Ki"), ("PROOF", b => b.Verdict == "failed" ? $"failed: {b.Reason}" : b.Verdict));
            return 0;
        }));
        return command;
    }

    /// <summary>As it is told to programs.</summary>
    /// <param name="Name">The backup's.</param>
    /// <param name="Time">When it was taken.</param>
    /// <param name="Revision">The store's.</param>
    /// <param name="Keys">How many.</param>
    /// <param name="Bytes">Of the snapshot.</param>
    /// <param name="File">The snapshot's file in the target.</param>
    /// <param name="Pki">The sealed PKI's file in the target.</param>
    /// <param name="Verdict">proven, failed, or unproven.</param>
    /// <param name="Reason">What was compared, or what was wrong.</param>
    /// <param name="ProvenAt">When it was restored.</param>
    private sealed record Row(string Name, DateTimeOffset Time, long Revision, int Keys, long Bytes, string File, string Pki, string Verdict, string? Reason, DateTimeOffset? ProvenAt)
    {
        public static Row Of(StoredBackup stored) => new(stored.Name, stored.Backup.Time.ToUniversalTime(), stored.Backup.Revision, stored.Backup.Keys, stored.Backup.Snapshot.Bytes,
            stored.Backup.Snapshot.File, stored.Backup.Pki.File, stored.Verdict, stored.Proof?.Reason, stored.Proof?.Time);
    }
}
