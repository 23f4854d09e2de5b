using Ballast.Admin.Clusters;
using Ballast.Etcd;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>
/// Takes a backup whenever one is due, proves it, and prunes. For the one that leads.
/// </summary>
/// <remarks>
/// A backup is named after the time it was due, so whether it is done can be seen in the target by anyone who leads after: each is done once, whoever dies in the middle. Of
/// times that nobody was there for, the last is made up. Every step looks first at what is there; a step that fails is tried again, ever more rarely, until the next is due.
/// </remarks>
internal sealed class BackupController(BackupSchedule schedule, int keep, BackupStore store, IBackupWork work, IBackupReports reports, TimeProvider time)
{
    /// <summary>The wall clock is looked at so often: it may be set.</summary>
    private static readonly TimeSpan Glance = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(5);

    /// <summary>Until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        var done = "";
        var retry = TimeSpan.Zero;
        while (true)
        {
            var now = time.GetUtcNow();
            if (schedule.LastDue(now) is { } due && Backup.NameAt(due) is var name && name != done)
            {
                if (await TryRoundAsync(name, cancel))
                    (done, retry) = (name, TimeSpan.Zero);
                else
                    retry = retry == TimeSpan.Zero ? FirstRetry : Least(retry * 2, LastRetry);
            }
            var untilNext = schedule.NextDue(time.GetUtcNow()) - time.GetUtcNow();
            await Task.Delay(retry > TimeSpan.Zero ? Least(retry, untilNext) : Least(Glance, untilNext), time, cancel);
        }
    }

    private async Task<bool> TryRoundAsync(string name, CancellationToken cancel)
    {
        try
        {
            await store.RemoveUnfinishedAsync(cancel);
            if (await store.FindAsync(name, cancel) is null)
                await TakeAsync(name, cancel);
            // Not this one alone: a leader may have died before it had proven its own.
            foreach (var unproven in (await store.ListAsync(cancel)).Where(b => b.Proof is null))
                reports.Proven(unproven.Backup, await work.ProveAsync(unproven.Backup, cancel));
            if (await store.PruneAsync(keep, cancel) is { Count: > 0 } removed)
                reports.Pruned(removed);
            reports.Stored(await store.ListAsync(cancel));
            return true;
        }
        catch (Exception failed) when (failed is ClusterException or EtcdException or IOException or UnauthorizedAccessException)
        {
            cancel.ThrowIfCancellationRequested();
            reports.Failed(name, failed.Message);
            return false;
        }
    }

    private async Task TakeAsync(string name, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        var backup = await work.TakeAsync(name, cancel);
        reports.Taken(backup, time.GetElapsedTime(start));
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
