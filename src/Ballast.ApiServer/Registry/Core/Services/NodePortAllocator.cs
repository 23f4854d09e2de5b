using System.Numerics;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>
/// Gives services their node ports, from one RangeAllocation that all servers share: a bit a port, changed in one etcd transaction that fails where another
/// server was faster, and is then tried again.
/// </summary>
internal sealed class NodePortAllocator(IRawStore raw, PortRange range, Random random)
{
    private const string Key = "ranges/servicenodeports";

    /// <summary>Takes <paramref name="wanted"/>, and <paramref name="any"/> more of the allocator's choice: all, or nothing.</summary>
    /// <returns>The chosen ones, and in the case of failure the wanted one that is taken (0 where the range is full).</returns>
    public async Task<(IReadOnlyList<int> Chosen, int? Failed)> AllocateAsync(IReadOnlyList<int> wanted, int any, bool dryRun, CancellationToken cancel)
    {
        List<int> chosen = [];
        int? failed = null;
        await ChangeAsync(Take, dryRun, cancel).ConfigureAwait(false);
        return (chosen, failed);

        BigInteger? Take(BigInteger taken)
        {
            (chosen, failed) = ([], null);
            foreach (var port in wanted)
            {
                if (!range.Contains(port) || IsTaken(taken, port))
                {
                    failed = port;
                    return null;
                }
                taken |= Bit(port);
            }
            for (var i = 0; i < any; i++)
            {
                if (Free(taken) is not { } port)
                {
                    (chosen, failed) = ([], 0);
                    return null;
                }
                chosen.Add(port);
                taken |= Bit(port);
            }
            return taken;
        }
    }

    public PortRange Range => range;

    public Task ReleaseAsync(IReadOnlyCollection<int> ports, CancellationToken cancel) =>
        ChangeAsync(taken => ports.Where(range.Contains).Aggregate(taken, (bits, port) => bits & ~Bit(port)), false, cancel);

    public async Task<IReadOnlySet<int>> TakenAsync(CancellationToken cancel)
    {
        var (taken, _) = await ReadAsync(cancel).ConfigureAwait(false);
        return Enumerable.Range(range.First, range.Count).Where(port => IsTaken(taken, port)).ToHashSet();
    }

    /// <summary>Changes the bits in one transaction; <paramref name="change"/> returns null to leave them.</summary>
    private async Task ChangeAsync(Func<BigInteger, BigInteger?> change, bool dryRun, CancellationToken cancel)
    {
        while (true)
        {
            var (taken, version) = await ReadAsync(cancel).ConfigureAwait(false);
            if (change(taken) is not { } next || next == taken || dryRun)
                return;
            try
            {
                if (version is { } expected)
                    await raw.UpdateAsync(Key, expected, Encode(next), cancel).ConfigureAwait(false);
                else
                    await raw.CreateAsync(Key, Encode(next), cancel).ConfigureAwait(false);
                return;
            }
            catch (StorageException lost) when (lost.Error is StorageError.Conflict or StorageError.KeyExists or StorageError.NotFound)
            {
                // Another server was faster: again, with what it left.
            }
        }
    }

    private async Task<(BigInteger Taken, long? Version)> ReadAsync(CancellationToken cancel)
    {
        if (await raw.GetAsync(Key, cancel).ConfigureAwait(false) is not { } found)
            return (BigInteger.Zero, null);
        var allocation = JsonNode.Parse(found.Value.Span)?.AsObject();
        // Bits of another range mean other ports: the repair loop allocates anew what services have.
        if (allocation.Text("range") != range.ToString())
            return (BigInteger.Zero, found.Version);
        return (new BigInteger(Convert.FromBase64String(allocation.Text("data")), isUnsigned: true, isBigEndian: true), found.Version);
    }

    private ReadOnlyMemory<byte> Encode(BigInteger taken) => StoredUpdates.Encode(new JsonObject
    {
        ["kind"] = "RangeAllocation",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["range"] = range.ToString(),
        ["data"] = Convert.ToBase64String(taken.ToByteArray(isUnsigned: true, isBigEndian: true)),
    });

    private BigInteger Bit(int port) => BigInteger.One << (port - range.First);

    private bool IsTaken(BigInteger taken, int port) => !(taken & Bit(port)).IsZero;

    private int? Free(BigInteger taken)
    {
        var start = random.Next(range.Count);
        for (var i = 0; i < range.Count; i++)
        {
            var port = range.First + ((start + i) % range.Count);
            if (!IsTaken(taken, port))
                return port;
        }
        return null;
    }
}
