using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>
/// Finds what crashes and lost answers leave: addresses and node ports that no service has, and services whose own are not allocated. Runs on every server;
/// all it does is conditional, so two at once do no harm.
/// </summary>
public sealed class ServiceAllocationRepair(IResourceCatalog catalog, IRawStore raw, PortRange nodePorts, TimeProvider time, ILogger<ServiceAllocationRepair> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(3);

    private static readonly TimeSpan IntervalWithoutRanges = TimeSpan.FromSeconds(1);

    /// <summary>An allocation is made before its service is written: a young one without a service is on its way.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(1);

    private static readonly GroupResource Addresses = new("networking.k8s.io", "ipaddresses");
    private static readonly GroupResource ServiceResource = new("", "services");

    private readonly ClusterIPAllocator _addresses = new(catalog, Random.Shared);
    private readonly NodePortAllocator _ports = new(raw, nodePorts, Random.Shared);

    /// <summary>Ports that no service had the last time; taken back when none has them the next time either.</summary>
    private HashSet<int> _suspects = [];

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                // A new cluster has no ranges until bootstrap has made its ServiceCIDR: no service's address can be judged before.
                var hasRanges = (await _addresses.RangesAsync(cancel).ConfigureAwait(false)).Count > 0;
                timer.Period = hasRanges ? Interval : IntervalWithoutRanges;
                if (hasRanges)
                    await RunOnceAsync(cancel).ConfigureAwait(false);
            }
            catch (Exception failure) when (failure is StorageException or StatusException)
            {
                log.LogWarning("Services' addresses and ports could not be checked, next time in {Interval}: {Reason}", Interval, failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false));
    }

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        // The allocations first: a service that is written after this list was read cannot make its own look forgotten.
        var allocated = await ListAsync(Addresses, cancel).ConfigureAwait(false);
        var takenPorts = await _ports.TakenAsync(cancel).ConfigureAwait(false);
        var services = await ListAsync(ServiceResource, cancel).ConfigureAwait(false);

        await ReturnAddressesAsync(allocated, services, cancel).ConfigureAwait(false);
        await AllocateMissingAsync(allocated, services, cancel).ConfigureAwait(false);
        await RepairPortsAsync(takenPorts, services, cancel).ConfigureAwait(false);
    }

    private async Task ReturnAddressesAsync(List<JsonObject> allocated, List<JsonObject> services, CancellationToken cancel)
    {
        var owned = services.SelectMany(s => s.ClusterIps.Select(ip => (ip, s.Namespace, s.Name))).ToHashSet();
        foreach (var address in allocated)
        {
            var parent = address.Object("spec", "parentRef");
            if (parent.Text("resource") != "services" || owned.Contains((address.Name, parent.Text("namespace"), parent.Text("name"))))
                continue;
            if (KubernetesTime.TryParse(address.Text("metadata", "creationTimestamp"), out var created) && time.GetUtcNow() - created < Grace)
                continue;
            log.LogInformation("Address {Address} is given back: service {Namespace}/{Name} does not have it", address.Name, parent.Text("namespace"), parent.Text("name"));
            await _addresses.ReleaseAsync(parent.Text("namespace"), parent.Text("name"), address.Name, cancel).ConfigureAwait(false);
        }
    }

    private async Task AllocateMissingAsync(List<JsonObject> allocated, List<JsonObject> services, CancellationToken cancel)
    {
        var known = allocated.Select(a => a.Name).ToHashSet();
        var missing = services.SelectMany(s => s.ClusterIps.Where(ip => !known.Contains(ip)).Select(ip => (Service: s, Ip: ip))).ToList();
        if (missing.Count == 0)
            return;
        var ranges = await _addresses.RangesAsync(cancel).ConfigureAwait(false);
        foreach (var (service, ip) in missing)
        {
            if (IPAddress.TryParse(ip, out var address) && await _addresses.AllocateAsync(service, address, ranges, false, cancel).ConfigureAwait(false) is { } problem)
                log.LogWarning("Service {Namespace}/{Name} has address {Address}, which cannot be allocated to it: {Reason}", service.Namespace, service.Name, ip, problem);
        }
    }

    private async Task RepairPortsAsync(IReadOnlySet<int> taken, List<JsonObject> services, CancellationToken cancel)
    {
        var used = services.SelectMany(s => s.NodePorts).ToHashSet();
        var unused = taken.Where(p => !used.Contains(p)).ToHashSet();
        var forgotten = unused.Intersect(_suspects).ToList();
        if (forgotten.Count > 0)
        {
            log.LogInformation("Node ports {Ports} are given back: no service has them", forgotten);
            await _ports.ReleaseAsync(forgotten, cancel).ConfigureAwait(false);
        }
        _suspects = unused;
        foreach (var port in used.Where(p => !taken.Contains(p)))
            await _ports.AllocateAsync([port], 0, false, cancel).ConfigureAwait(false);
    }

    private async Task<List<JsonObject>> ListAsync(GroupResource resource, CancellationToken cancel)
    {
        var store = catalog.Find(resource) ?? throw StatusException.ServiceUnavailable($"{resource} are not served");
        var list = await store.Objects.ListAsync(new ListQuery("") { Consistency = ReadConsistency.Linearizable }, cancel).ConfigureAwait(false);
        return [.. list.Objects.Select(o => o.ToDocument())];
    }
}
