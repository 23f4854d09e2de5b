using System.Globalization;

namespace Ballast.ApiServer.Registry;

/// <summary>What an operator may choose about the built-in resources.</summary>
/// <param name="EventTtl"><c>--event-ttl</c>.</param>
/// <param name="NodePorts"><c>--service-node-port-range</c>.</param>
public sealed record BuiltInOptions(TimeSpan EventTtl, PortRange NodePorts)
{
    public static BuiltInOptions Default { get; } = new(TimeSpan.FromHours(1), new(30000, 32767));
}

/// <summary>Ports from <paramref name="First"/> to <paramref name="Last"/>, both included.</summary>
public readonly record struct PortRange(int First, int Last)
{
    public int Count => Last - First + 1;

    public bool Contains(int port) => port >= First && port <= Last;

    /// <summary>Reads <c>30000-32767</c>.</summary>
    public static bool TryParse(string text, out PortRange range)
    {
        range = default;
        if (text.Split('-') is not [var first, var last]
            || !int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            || low is < 1 or > 65535 || high < low || high > 65535)
        {
            return false;
        }
        range = new(low, high);
        return true;
    }

    public override string ToString() => $"{First}-{Last}";
}
