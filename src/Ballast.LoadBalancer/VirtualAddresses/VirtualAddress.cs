using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Ballast.ComponentBase.Commands;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>An address that is on one of several hosts, and the interface it is put on.</summary>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="PrefixLength">Of its network.</param>
/// <param name="Interface"><c>eth0</c>.</param>
internal sealed record VirtualAddress(IPAddress Address, int PrefixLength, string Interface)
{
    /// <summary>Of the Lease that its candidates compete for.</summary>
    public string LeaseName => $"ballast-vip-{(IsIPv6 ? string.Join('-', Address.GetAddressBytes().Chunk(2).Select(Convert.ToHexStringLower)) : Address.ToString().Replace('.', '-'))}";

    public bool IsIPv6 => Address.AddressFamily == AddressFamily.InterNetworkV6;

    /// <exception cref="UsageException">Names what is wrong and what would be right.</exception>
    public static VirtualAddress Parse(string text, string link)
    {
        if (text.Split('/') is not [var ip, var prefix] || !IPAddress.TryParse(ip, out var address)
            || !int.TryParse(prefix, NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length is 0 or > 128)
            throw new UsageException($"--vip=\"{text}\" is not an address with its prefix, like 192.0.2.10/24 or 2001:db8::10/64", 2);
        if (address.IsIPv6LinkLocal || address.IsIPv6Multicast || address.IsIPv4MappedToIPv6)
            throw new UsageException($"--vip={text} is no address that clients elsewhere could use: give a global or a unique local one, like 2001:db8::10/64", 2);
        return length > 32 && address.AddressFamily == AddressFamily.InterNetwork ? throw new UsageException($"--vip={text}: the prefix of an IPv4 address is at most 32", 2)
            : link.Length == 0 ? throw new UsageException("--interface is missing: the interface that the address is put on, like eth0", 2)
            : new(address, length, link);
    }

    public override string ToString() => $"{Address}/{PrefixLength}";
}
