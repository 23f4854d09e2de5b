using System.Globalization;

namespace Ballast.LoadBalancer.Backends;

/// <summary>Where a server listens: <c>10.0.0.1:6443</c>, <c>[fd00::1]:6443</c> or <c>name:6443</c>.</summary>
public readonly record struct BackendAddress(string Host, int Port)
{
    public static bool TryParse(string? text, out BackendAddress address)
    {
        address = default;
        var colon = text?.LastIndexOf(':') ?? -1;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port is < 1 or > 65535)
            return false;
        var host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':', StringComparison.Ordinal)) return false;
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown) return false;
        address = new(host, port);
        return true;
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
