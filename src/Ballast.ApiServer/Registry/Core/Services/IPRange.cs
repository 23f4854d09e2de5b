using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>The addresses of a CIDR that services may have: all but the network's own and, in IPv4, the broadcast address.</summary>
internal readonly struct IPRange
{
    private readonly UInt128 _network;
    private readonly UInt128 _size;

    private IPRange(UInt128 network, UInt128 size, AddressFamily family)
    {
        (_network, _size, Family) = (network, size, family);
    }

    public AddressFamily Family { get; }

    /// <summary>As the <c>ipFamilies</c> of a service spell it.</summary>
    public string FamilyName => Family == AddressFamily.InterNetwork ? "IPv4" : "IPv6";

    /// <summary>How many addresses may be given out, numbered from 1.</summary>
    public UInt128 Count => Family == AddressFamily.InterNetwork && _size > 2 ? _size - 2 : _size - 1;

    /// <summary>
    /// The first so many are left to those who ask for one by name, and given out by chance only when all else is taken: a sixteenth of the range, at least 16, at most 256.
    /// </summary>
    public UInt128 Reserved
    {
        get
        {
            var offset = UInt128.Min(UInt128.Max(16, _size / 16), 256);
            return offset < Count ? offset : 0;
        }
    }

    public IPAddress this[UInt128 number] => ToAddress(_network + number);

    public static IPRange Parse(string cidr)
    {
        var network = IPNetwork.Parse(cidr);
        var bits = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var hostBits = bits - network.PrefixLength;
        return new(ToNumber(network.BaseAddress), hostBits == 128 ? UInt128.MaxValue : UInt128.One << hostBits, network.BaseAddress.AddressFamily);
    }

    public bool Contains(IPAddress address)
    {
        if (address.AddressFamily != Family)
            return false;
        var number = ToNumber(address);
        return number > _network && number - _network <= Count;
    }

    private static UInt128 ToNumber(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        var own = address.GetAddressBytes();
        own.CopyTo(bytes[(16 - own.Length)..]);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }

    private IPAddress ToAddress(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return new(Family == AddressFamily.InterNetwork ? bytes[12..] : bytes);
    }
}
