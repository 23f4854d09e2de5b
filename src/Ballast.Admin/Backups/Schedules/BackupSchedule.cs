using Ballast.Admin.Clusters;
using Cronos;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>When backups are due: cron's five fields, in UTC.</summary>
public sealed class BackupSchedule
{
    /// <summary>How far back is looked for the last time, in steps: nearly every schedule has one in the first.</summary>
    private static readonly TimeSpan[] LookBack = [TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32), TimeSpan.FromDays(366), TimeSpan.FromDays(366 * 8)];

    private readonly CronExpression _cron;
    private readonly string _text;

    private BackupSchedule(CronExpression cron, string text) => (_cron, _text) = (cron, text);

    /// <exception cref="ClusterException">It is no schedule, or one that never comes.</exception>
    public static BackupSchedule Parse(string text)
    {
        CronExpression cron;
        try
        {
            cron = CronExpression.Parse(text);
        }
        catch (CronFormatException wrong)
        {
            throw new ClusterException($"\"{text}\" is no schedule: {wrong.Message.TrimEnd('.')}", 2) { Hint = "cron's five fields in UTC, like \"0 */6 * * *\" for every six hours" };
        }
        var schedule = new BackupSchedule(cron, text);
        return cron.GetNextOccurrence(DateTime.UnixEpoch) is null ? throw new ClusterException($"the schedule \"{text}\" never comes", 2) : schedule;
    }

    /// <summary>The last time that was due at <paramref name="now"/> or before; null where there was none for years.</summary>
    public DateTimeOffset? LastDue(DateTimeOffset now) =>
        LookBack.Select(back => _cron.GetOccurrences(now.UtcDateTime - back, now.UtcDateTime, fromInclusive: true, toInclusive: true).Cast<DateTime?>().LastOrDefault())
            .FirstOrDefault(due => due is not null) is { } found ? new DateTimeOffset(found) : null;

    /// <summary>The first time after <paramref name="now"/>.</summary>
    public DateTimeOffset NextDue(DateTimeOffset now) => _cron.GetNextOccurrence(now.UtcDateTime) is { } next ? new DateTimeOffset(next) : DateTimeOffset.MaxValue;

    public override string ToString() => _text;
}
