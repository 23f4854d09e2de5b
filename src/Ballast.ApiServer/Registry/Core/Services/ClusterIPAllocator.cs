using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>
/// Gives services their addresses. An IPAddress object is the allocation of the address it is named by: creating it is the one atomic step, so no two servers
/// ever give out the same one, and what a crash leaves behind is there to be found.
/// </summary>
/// <param name="catalog">For the ranges (ServiceCIDR) and the allocations (IPAddress).</param>
/// <param name="random">Where in a range the search begins.</param>
internal sealed class ClusterIPAllocator(IResourceCatalog catalog, Random random)
{
    private static readonly GroupResource Addresses = new("networking.k8s.io", "ipaddresses");
    private static readonly GroupResource Ranges = new("networking.k8s.io", "servicecidrs");

    /// <summary>The ranges that may be used now, in order of their age.</summary>
    public async Task<IReadOnlyList<IPRange>> RangesAsync(CancellationToken cancel)
    {
        var found = await Store(Ranges).Objects.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Linearizable }, cancel).ConfigureAwait(false);
        return
        [
            .. found.Objects.Select(o => o.ToDocument())
                .Where(d => !d.IsBeingDeleted)
                .OrderBy(d => d.Text("metadata", "creationTimestamp"), StringComparer.Ordinal)
                .SelectMany(d => d.Strings("spec", "cidrs"))
                .Select(IPRange.Parse),
        ];
    }

    /// <summary>Takes <paramref name="address"/> itself. Null where that worked, else why not.</summary>
    public async Task<string?> AllocateAsync(JsonObject service, IPAddress address, IReadOnlyList<IPRange> ranges, bool dryRun, CancellationToken cancel)
    {
        if (!ranges.Any(r => r.Contains(address)))
            return $"provided IP ({address}) is not in the valid range";
        if (await TryTakeAsync(service, address, dryRun, cancel).ConfigureAwait(false))
            return null;
        return "provided IP is already allocated";
    }

    /// <summary>Takes any free address of <paramref name="range"/>; null where there is none.</summary>
    public async Task<IPAddress?> AllocateNextAsync(JsonObject service, IPRange range, bool dryRun, CancellationToken cancel)
    {
        foreach (var number in Numbers(range))
        {
            var address = range[number];
            if (await Store(Addresses).Objects.GetAsync(address.ToString(), ReadConsistency.Any, cancel).ConfigureAwait(false) is null
                && await TryTakeAsync(service, address, dryRun, cancel).ConfigureAwait(false))
            {
                return address;
            }
        }
        return null;
    }

    /// <summary>Gives <paramref name="address"/> back, if it is still the service's.</summary>
    public async Task ReleaseAsync(string ns, string name, string address, CancellationToken cancel)
    {
        var store = Store(Addresses);
        if (await store.Objects.GetAsync(address, ReadConsistency.Linearizable, cancel).ConfigureAwait(false) is not { } stored)
            return;
        var parent = stored.ToDocument().Object("spec", "parentRef");
        if (parent.Text("namespace") != ns || parent.Text("name") != name)
            return;
        try
        {
            await store.DeleteAsync(new(UserInfo.ApiServer, "", address), new DeleteOptions { PreconditionUid = stored.Attributes.Uid }, cancel).ConfigureAwait(false);
        }
        catch (StatusException gone) when (gone.Code is 404 or 409)
        {
            // Somebody else gave it back already.
        }
    }

    private async Task<bool> TryTakeAsync(JsonObject service, IPAddress address, bool dryRun, CancellationToken cancel)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = "networking.k8s.io/v1",
            ["kind"] = "IPAddress",
            ["metadata"] = new JsonObject
            {
                ["name"] = address.ToString(),
                ["labels"] = new JsonObject
                {
                    ["ipaddress.kubernetes.io/ip-family"] = address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? "IPv4" : "IPv6",
                    ["ipaddress.kubernetes.io/managed-by"] = "ipallocator.k8s.io",
                },
            },
            ["spec"] = new JsonObject
            {
                ["parentRef"] = new JsonObject { ["group"] = "", ["resource"] = "services", ["namespace"] = service.Namespace, ["name"] = service.Name },
            },
        };
        try
        {
            await Store(Addresses).CreateAsync(new(UserInfo.ApiServer, "", address.ToString()) { DryRun = dryRun }, document, cancel).ConfigureAwait(false);
            return true;
        }
        catch (StatusException taken) when (taken.Reason == "AlreadyExists")
        {
            return false;
        }
    }

    /// <summary>Every number of the range once: from a random one above the reserved part round to where it began, then the reserved part.</summary>
    private IEnumerable<UInt128> Numbers(IPRange range)
    {
        var (reserved, count) = (range.Reserved, range.Count);
        var open = count - reserved;
        var start = (UInt128)random.NextInt64((long)UInt128.Min(open, long.MaxValue));
        for (UInt128 i = 0; i < open; i++)
            yield return reserved + 1 + ((start + i) % open);
        for (UInt128 number = 1; number <= reserved; number++)
            yield return number;
    }

    private IResourceStore Store(GroupResource resource) =>
        catalog.Find(resource) ?? throw StatusException.ServiceUnavailable($"{resource} are not served");
}
