using System.Net;
using System.Runtime.InteropServices;
using Ballast.ComponentBase.Commands;

namespace Ballast.LoadBalancer.VirtualAddresses;

/// <summary>The frame by which a host says to all its neighbours that an IPv4 address is at its own hardware address now.</summary>
/// <param name="address">The address.</param>
/// <param name="hardware">Of the interface.</param>
/// <param name="index">Of the interface.</param>
internal sealed partial class GratuitousArp(IPAddress address, byte[] hardware, int index)
{
    private const int AfPacket = 17;
    private const int SockRaw = 3;
    private const int SockCloexec = 0x80000;
    private const ushort EtherTypeArp = 0x0806;

    /// <summary>An ARP request for an address by its owner (RFC 5227 calls it an announcement): Ethernet header and body.</summary>
    public byte[] Frame()
    {
        byte[] ip = address.GetAddressBytes(), broadcast = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        return
        [
            .. broadcast, .. hardware, EtherTypeArp >> 8, EtherTypeArp & 0xff,
            0, 1, 0x08, 0x00, 6, 4, 0, 1, // Ethernet, IPv4, their lengths, request
            .. hardware, .. ip, 0, 0, 0, 0, 0, 0, .. ip,
        ];
    }

    /// <exception cref="UsageException">The kernel does not take it; most likely this process may not (CAP_NET_RAW).</exception>
    public void Send()
    {
        var protocol = (ushort)IPAddress.HostToNetworkOrder(unchecked((short)EtherTypeArp));
        var socket = Socket(AfPacket, SockRaw | SockCloexec, protocol);
        if (socket < 0)
            throw Failure();
        try
        {
            // sockaddr_ll: family, protocol, interface, and nothing of the hardware address, for the frame has it.
            var to = new byte[20];
            BitConverter.TryWriteBytes(to, (ushort)AfPacket);
            BitConverter.TryWriteBytes(to.AsSpan(2), protocol);
            BitConverter.TryWriteBytes(to.AsSpan(4), index);
            var frame = Frame();
            if (SendTo(socket, frame, (nuint)frame.Length, 0, to, to.Length) != frame.Length)
                throw Failure();
        }
        finally
        {
            _ = Close(socket);
        }
    }

    private static UsageException Failure() => new($"the neighbours cannot be told: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(int socket, byte[] bytes, nuint length, int flags, byte[] to, int toLength);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int socket);
}
