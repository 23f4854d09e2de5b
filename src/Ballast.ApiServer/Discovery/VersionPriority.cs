using System.Globalization;
using System.Text.RegularExpressions;

namespace Ballast.ApiServer.Discovery;

/// <summary>The order in which versions are preferred: released before beta before alpha, newer before older, everything else after that by name.</summary>
internal static partial class VersionPriority
{
    public static IComparer<string> Comparer { get; } = Comparer<string>.Create((a, b) =>
    {
        var (left, right) = (Parse(a), Parse(b));
        var order = right.CompareTo(left);
        return order != 0 ? order : string.CompareOrdinal(a, b);
    });

    private static (int Stability, int Major, int Minor) Parse(string version)
    {
        var match = Pattern().Match(version);
        if (!match.Success)
            return (0, 0, 0);
        var stability = match.Groups[2].Value switch { "" => 3, "beta" => 2, _ => 1 };
        return (stability, Number(match.Groups[1].Value), Number(match.Groups[3].Value));
    }

    private static int Number(string digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    [GeneratedRegex(@"\Av(\d+)(?:(alpha|beta)(\d+))?\z")]
    private static partial Regex Pattern();
}
