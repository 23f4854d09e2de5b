using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Ballast.Kubelet.Runtimes.Hollow;

/// <summary>The addresses of a range, each given to one at a time. Safe for concurrent use.</summary>
internal sealed class AddressPool
{
    private readonly Lock _lock = new(); // For the two below.
    private readonly HashSet<uint> _taken = [];
    private uint _next;
    private readonly uint _first;
    private readonly uint _count;
    private readonly IPNetwork _range;

    public AddressPool(IPNetwork range)
    {
        if (range.BaseAddress.AddressFamily != AddressFamily.InterNetwork || range.PrefixLength > 30)
            throw new ArgumentException($"{range} has no room for pods: an IPv4 range of /30 or larger is needed", nameof(range));
        _range = range;
        // Without the network's address, the gateway's and the broadcast's.
        _first = Number(range.BaseAddress) + 2;
        _count = (1u << (32 - range.PrefixLength)) - 3;
    }

    /// <param name="preferred">Taken where it is in the range and free.</param>
    /// <exception cref="RuntimeException">None is left.</exception>
    public IPAddress Take(string? preferred)
    {
        lock (_lock)
        {
            if (IPAddress.TryParse(preferred, out var wanted) && _range.Contains(wanted) && _taken.Add(Number(wanted)))
                return wanted;
            for (uint tried = 0; tried < _count; tried++)
            {
                var candidate = _first + (_next++ % _count);
                if (_taken.Add(candidate))
                    return Address(candidate);
            }
        }
        throw new RuntimeException($"no IP addresses available in range set: {_range}");
    }

    public void Return(string address)
    {
        lock (_lock)
            _taken.Remove(Number(IPAddress.Parse(address)));
    }

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    private static IPAddress Address(uint number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, number);
        return new IPAddress(bytes);
    }
}
