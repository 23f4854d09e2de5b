using System.Net;
using System.Net.Sockets;
using Ballast.ComponentBase.Commands;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>The packet by which a host says to all its neighbours that an IPv6 address is at its own hardware address now (RFC 4861, unsolicited).</summary>
/// <param name="address">The address.</param>
/// <param name="hardware">Of the interface.</param>
/// <param name="index">Of the interface.</param>
internal sealed class NeighborAdvertisement(IPAddress address, byte[] hardware, int index)
{
    private static readonly IPAddress AllNodes = IPAddress.Parse("ff02::1");

    /// <summary>ICMPv6: type 136, with the flag that overrides what neighbours know. The kernel puts in the checksum.</summary>
    public byte[] Packet() => [136, 0, 0, 0, 0x20, 0, 0, 0, .. address.GetAddressBytes(), 2, 1, .. hardware];

    /// <exception cref="UsageException">The kernel does not take it; most likely this process may not (CAP_NET_RAW).</exception>
    public void Send()
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, index);
            // Neighbours take no packet that may have come through a router.
            socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
            socket.SendTo(Packet(), new IPEndPoint(AllNodes, 0));
        }
        catch (SocketException refused)
        {
            throw new UsageException($"the neighbours cannot be told: {refused.Message}");
        }
    }
}
