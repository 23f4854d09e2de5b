using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What services take from the cluster: addresses and node ports. Given back when the write fails, and when the service no longer needs them.</summary>
internal sealed class ServiceAllocation(ClusterIPAllocator addresses, NodePortAllocator ports) : IWriteEffects
{
    private static readonly GroupKind Service = new("", "Service");

    public Task<Func<Task>?> BeforeCreateAsync(JsonObject document, bool dryRun, CancellationToken cancel) =>
        AllocateAsync(document, new JsonObject(), dryRun, cancel);

    public Task<Func<Task>?> BeforeUpdateAsync(JsonObject document, JsonObject old, bool dryRun, CancellationToken cancel) =>
        AllocateAsync(document, old, dryRun, cancel);

    public Task AfterUpdateAsync(JsonObject document, JsonObject old, CancellationToken cancel) =>
        ReleaseAsync(old, [.. old.ClusterIps.Except(document.ClusterIps)], [.. old.NodePorts.Except(document.NodePorts)], cancel);

    public Task AfterDeleteAsync(JsonObject document, CancellationToken cancel) =>
        ReleaseAsync(document, [.. document.ClusterIps], [.. document.NodePorts.Distinct()], cancel);

    private async Task<Func<Task>?> AllocateAsync(JsonObject document, JsonObject old, bool dryRun, CancellationToken cancel)
    {
        var taken = await TakeAddressesAsync(document, old, dryRun, cancel).ConfigureAwait(false);
        IReadOnlyList<int> takenPorts = [];
        try
        {
            takenPorts = await TakePortsAsync(document, old, dryRun, cancel).ConfigureAwait(false);
        }
        catch (Exception)
        {
            if (!dryRun)
                await ReleaseAsync(document, taken, [], CancellationToken.None).ConfigureAwait(false);
            throw;
        }
        return dryRun || taken.Count + takenPorts.Count == 0 ? null : () => ReleaseAsync(document, taken, takenPorts, CancellationToken.None);
    }

    private async Task<IReadOnlyList<string>> TakeAddressesAsync(JsonObject document, JsonObject old, bool dryRun, CancellationToken cancel)
    {
        if (!document.NeedsClusterIp)
            return [];
        var spec = document.ObjectAt("spec");
        var held = old.ClusterIps.ToHashSet();
        if (held.Count > 0 && document.ClusterIps.All(held.Contains) && document.Text("spec", "clusterIP").Length > 0)
            return [];
        var ranges = await addresses.RangesAsync(cancel).ConfigureAwait(false);
        if (document.IsHeadless)
        {
            SetFamilies(spec, ranges.Take(1).Select(r => r.FamilyName));
            return [];
        }
        if (ranges.Count == 0)
            throw StatusException.Internal("failed to allocate a serviceIP: no ServiceCIDRs available");
        var asked = document.ClusterIps.ToList();
        if (asked.Count > 0)
            return await TakeAskedAsync(document, spec, asked, held, ranges, dryRun, cancel).ConfigureAwait(false);

        var family = spec.Strings("ipFamilies").FirstOrDefault() ?? ranges[0].FamilyName;
        foreach (var range in ranges.Where(r => r.FamilyName == family))
        {
            if (await addresses.AllocateNextAsync(document, range, dryRun, cancel).ConfigureAwait(false) is not { } address)
                continue;
            spec["clusterIP"] = address.ToString();
            spec["clusterIPs"] = new JsonArray(address.ToString());
            SetFamilies(spec, [family]);
            return [address.ToString()];
        }
        throw StatusException.Internal("failed to allocate a serviceIP: range is full");
    }

    private async Task<IReadOnlyList<string>> TakeAskedAsync(
        JsonObject document, JsonObject spec, List<string> asked, HashSet<string> held, IReadOnlyList<IPRange> ranges, bool dryRun, CancellationToken cancel)
    {
        List<string> taken = [];
        for (var i = 0; i < asked.Count; i++)
        {
            if (held.Contains(asked[i]))
                continue;
            var problem = await addresses.AllocateAsync(document, IPAddress.Parse(asked[i]), ranges, dryRun, cancel).ConfigureAwait(false);
            if (problem is null)
            {
                taken.Add(asked[i]);
                continue;
            }
            if (!dryRun)
                await ReleaseAsync(document, taken, [], CancellationToken.None).ConfigureAwait(false);
            throw StatusException.Invalid(Service, document.Name,
                [FieldError.Invalid(FieldPath.Of("spec").Child("clusterIPs").Index(i), spec["clusterIPs"], $"failed to allocate IP {asked[i]}: {problem}")]);
        }
        SetFamilies(spec, asked.Select(ip => ip.Contains(':', StringComparison.Ordinal) ? "IPv6" : "IPv4"));
        return taken;
    }

    private async Task<IReadOnlyList<int>> TakePortsAsync(JsonObject document, JsonObject old, bool dryRun, CancellationToken cancel)
    {
        var held = old.NodePorts.ToHashSet();
        var wanted = document.NodePorts.Distinct().Except(held).ToList();
        var without = document.NeedsNodePorts ? document.Ports.Where(p => (p.Long("nodePort") ?? 0) == 0).ToList() : [];
        var forHealth = document.NeedsHealthCheckPort && (document.Long("spec", "healthCheckNodePort") ?? 0) == 0;
        if (wanted.Count == 0 && without.Count == 0 && !forHealth)
            return [];

        var (chosen, failed) = await ports.AllocateAsync(wanted, without.Count + (forHealth ? 1 : 0), dryRun, cancel).ConfigureAwait(false);
        if (failed is { } port)
            throw Refused(document, port);
        foreach (var (target, number) in without.Zip(chosen))
            target["nodePort"] = number;
        if (forHealth)
            document.ObjectAt("spec")["healthCheckNodePort"] = chosen[^1];
        return [.. wanted, .. chosen];
    }

    private StatusException Refused(JsonObject document, int port)
    {
        if (port == 0)
            return StatusException.Internal("failed to allocate a nodePort: range is full");
        var index = document.Ports.ToList().FindIndex(p => p.Long("nodePort") == port);
        var path = index < 0 ? FieldPath.Of("spec").Child("healthCheckNodePort") : FieldPath.Of("spec").Child("ports").Index(index).Child("nodePort");
        var why = ports.Range.Contains(port)
            ? "provided port is already allocated"
            : $"provided port is not in the valid range. The range of valid ports is {ports.Range}";
        return StatusException.Invalid(Service, document.Name, [FieldError.Invalid(path, port, why)]);
    }

    private async Task ReleaseAsync(JsonObject service, IReadOnlyList<string> ips, IReadOnlyList<int> nodePorts, CancellationToken cancel)
    {
        foreach (var ip in ips)
            await addresses.ReleaseAsync(service.Namespace, service.Name, ip, cancel).ConfigureAwait(false);
        if (nodePorts.Count > 0)
            await ports.ReleaseAsync(nodePorts, cancel).ConfigureAwait(false);
    }

    private static void SetFamilies(JsonObject spec, IEnumerable<string> families)
    {
        spec.SetDefault("ipFamilies", new JsonArray([.. families.Select(f => (JsonNode)f)]));
        spec.SetDefault("ipFamilyPolicy", "SingleStack");
    }
}
