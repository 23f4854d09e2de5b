using System.Globalization;
using Ballast.Admin.Backups.Proofs;
using Ballast.Client.Events;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>Tells by metrics, events on the controller's Lease, and the log.</summary>
internal sealed class BackupReports(IEventRecorder events, V1ObjectReference about, ILogger logger) : IBackupReports
{
    private static readonly Counter Attempts = Metrics.CreateCounter("ballast_backup_attempts_total", "Backups that were tried to be taken or proven, by result: taken, failed.", "result");
    private static readonly Counter Proofs = Metrics.CreateCounter("ballast_backup_proofs_total", "Backups that were restored to prove them, by verdict: proven, failed.", "verdict");
    private static readonly Histogram Duration = Metrics.CreateHistogram("ballast_backup_duration_seconds", "How long it took to take a backup.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.25, 2, 12) });
    private static readonly Gauge LastTaken = Metrics.CreateGauge("ballast_backup_last_taken_timestamp_seconds", "When the newest backup was taken.");
    private static readonly Gauge LastProven = Metrics.CreateGauge("ballast_backup_last_proven_timestamp_seconds", "When the newest backup that is proven was taken.");
    private static readonly Gauge LastVerdict = Metrics.CreateGauge("ballast_backup_last_verdict", "Verdict of the newest backup: 1 proven, 0 failed or not proven yet.");
    private static readonly Gauge LastBytes = Metrics.CreateGauge("ballast_backup_last_size_bytes", "Size of the newest backup's snapshot.");
    private static readonly Gauge Count = Metrics.CreateGauge("ballast_backups", "How many backups there are.");

    public void Taken(Backup backup, TimeSpan took)
    {
        Attempts.WithLabels("taken").Inc();
        Duration.Observe(took.TotalSeconds);
        Tell(EventType.Normal, "BackupTaken", string.Create(CultureInfo.InvariantCulture, $"{backup.Name}: {backup.Keys} keys at revision {backup.Revision}, {backup.Snapshot.Bytes >> 10}Ki from {backup.Member}"));
    }

    public void Proven(Backup backup, Verdict verdict)
    {
        Proofs.WithLabels(verdict.Proven ? "proven" : "failed").Inc();
        if (verdict.Proven)
            Tell(EventType.Normal, "BackupProven", $"{backup.Name}: {verdict.Reason}");
        else
            Tell(EventType.Warning, "BackupProofFailed", $"{backup.Name}: {verdict.Reason}");
    }

    public void Pruned(IReadOnlyList<StoredBackup> removed) => Tell(EventType.Normal, "BackupPruned", $"removed {string.Join(", ", removed.Select(b => b.Name))}");

    public void Failed(string name, string reason)
    {
        Attempts.WithLabels("failed").Inc();
        Tell(EventType.Warning, "BackupFailed", $"{name}: {reason}");
    }

    public void Stored(IReadOnlyList<StoredBackup> backups)
    {
        Count.Set(backups.Count);
        if (backups.Count == 0)
            return;
        LastTaken.Set(backups[^1].Backup.Time.ToUnixTimeSeconds());
        LastBytes.Set(backups[^1].Backup.Snapshot.Bytes);
        LastVerdict.Set(backups[^1].Proven ? 1 : 0);
        if (backups.LastOrDefault(b => b.Proven) is { } proven)
            LastProven.Set(proven.Backup.Time.ToUnixTimeSeconds());
    }

    private void Tell(string type, string reason, string message)
    {
        events.Event(about, type, reason, message);
        logger.Log(type == EventType.Normal ? LogLevel.Information : LogLevel.Error, "{Reason} {Message}", reason, message);
    }
}
