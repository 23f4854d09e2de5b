using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Backups.Schedules;

public sealed class BackupScheduleTests
{
    [Theory]
    [InlineData("0 */6 * * *", "2026-11-25T11:59:59Z", "2026-11-25T06:00:00Z", "2026-11-25T12:00:00Z")]
    [InlineData("0 */6 * * *", "2026-11-25T12:00:00Z", "2026-11-25T12:00:00Z", "2026-11-25T18:00:00Z")]
    [InlineData("* * * * *", "2026-11-25T12:00:30Z", "2026-11-25T12:00:00Z", "2026-11-25T12:01:00Z")]
    [InlineData("0 3 * * SUN", "2026-11-25T12:00:00Z", "2026-11-22T03:00:00Z", "2026-11-29T03:00:00Z")]
    [InlineData("30 2 1 1 *", "2026-11-25T12:00:00Z", "2026-01-01T02:30:00Z", "2027-01-01T02:30:00Z")]
    [InlineData("0 0 29 2 *", "2026-11-25T12:00:00Z", "2024-02-29T00:00:00Z", "2028-02-29T00:00:00Z")]
    // Somebody else's clock is changed by an hour; UTC is not.
    [InlineData("30 1 * * *", "2026-10-25T01:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z")]
    public void The_times_before_and_after_are_found(string text, string now, string last, string next)
    {
        var schedule = BackupSchedule.Parse(text);
        Assert.Equal(At(last), schedule.LastDue(At(now)));
        Assert.Equal(At(next), schedule.NextDue(At(now)));
    }

    [Theory]
    [InlineData("every day", "\"every day\" is no schedule: ")]
    [InlineData("0 25 * * *", "\"0 25 * * *\" is no schedule: ")]
    [InlineData("", "\"\" is no schedule: ")]
    [InlineData("0 0 30 2 *", "the schedule \"0 0 30 2 *\" never comes")]
    public void What_is_no_schedule_is_refused(string text, string message)
    {
        var refused = Assert.Throws<ClusterException>(() => BackupSchedule.Parse(text));
        Assert.StartsWith(message, refused.Message, StringComparison.Ordinal);
        Assert.Equal(2, refused.ExitCode);
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
