using System.Globalization;

namespace Ballast.ApiServer.Registry.Tables;

/// <summary>Ages as kubectl's users know them: two figures at most, the second left out where it is zero or no longer matters.</summary>
internal static class HumanDuration
{
    public static string Format(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
        return seconds switch
        {
            < -1 => "<invalid>", // clocks may be off by up to two seconds
            < 0 => "0s",
            < 2 * 60 => Text(seconds, "s"),
            < 10 * 60 => Text(minutes, "m", seconds % 60, "s"),
            < 3 * 3600 => Text(minutes, "m"),
            < 8 * 3600 => Text(hours, "h", minutes % 60, "m"),
            < 48 * 3600 => Text(hours, "h"),
            < 8 * 86400 => Text(days, "d", hours % 24, "h"),
            < 2 * 365 * 86400 => Text(days, "d"),
            < 8L * 365 * 86400 => Text(days / 365, "y", days % 365, "d"),
            _ => Text(days / 365, "y"),
        };
    }

    private static string Text(long value, string unit, long rest = 0, string restUnit = "") =>
        rest == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{value}{unit}")
            : string.Create(CultureInfo.InvariantCulture, $"{value}{unit}{rest}{restUnit}");
}
