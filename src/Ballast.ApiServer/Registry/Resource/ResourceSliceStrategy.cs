using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

internal sealed class ResourceSliceStrategy : ResourceStrategy
{
    private const int MaxDevices = 128;
    private const int MaxAdvancedDevices = 64;
    private const int MaxCounterSets = 8;

    private static readonly string[] Places = ["nodeName", "nodeSelector", "allNodes", "perDeviceNodeSelection"];

    public ResourceSliceStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["driver"].DriverName();
        CheckPool(spec["pool"]);
        CheckPlace(spec);
        if (spec["sharedCounters"].IsPresent && spec["devices"].IsPresent)
            spec.Add(FieldError.Invalid(spec.Path, "", "only one of `sharedCounters` or `devices` is allowed"));
        CheckDevices(spec);
        CheckCounters(spec["sharedCounters"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var spec = document["spec"];
        spec["pool"]["name"].Immutable(old.Node("spec", "pool", "name"));
        spec["driver"].Immutable(old.Node("spec", "driver"));
        spec["nodeName"].Immutable(old.Node("spec", "nodeName"));
    }

    private static void CheckPool(Field pool)
    {
        pool["name"].PoolName();
        if ((pool["resourceSliceCount"].Number ?? 0) <= 0)
            pool["resourceSliceCount"].Add(FieldError.Invalid(pool["resourceSliceCount"].Path, pool["resourceSliceCount"].Number ?? 0, "must be greater than zero"));
        if (pool["generation"].Number < 0)
            pool["generation"].Invalid("must be greater than or equal to zero");
    }

    /// <summary>Which nodes can reach the devices: said once, for the slice or for each device.</summary>
    private static void CheckPlace(Field spec)
    {
        if (spec["nodeName"] is { IsPresent: true, IsEmpty: true } empty)
            empty.Invalid("must be either unset or set to a non-empty string");
        spec["nodeName"].DnsSubdomain();
        if (spec["nodeSelector"].IsPresent)
            CheckNodeSelector(spec["nodeSelector"]);
        foreach (var flag in (ReadOnlySpan<string>)["allNodes", "perDeviceNodeSelection"])
        {
            if (spec[flag] is { IsPresent: true, IsTrue: false } isFalse)
                isFalse.Invalid("must be either unset or set to true");
        }
        var given = Places.Where(p => !spec[p].IsEmpty && (spec[p].IsTrue || p is "nodeName" or "nodeSelector")).Select(p => $"`{p}`").ToList();
        const string ExactlyOne = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";
        if (given.Count == 0)
            spec.Missing(ExactlyOne);
        else if (given.Count > 1)
            spec.Add(FieldError.Invalid(spec.Path, $"{{{string.Join(", ", given)}}}", $"{ExactlyOne}, but multiple fields are set"));
    }

    private static void CheckNodeSelector(Field selector)
    {
        AffinityValidation.CheckNodeSelector(selector);
        var terms = selector["nodeSelectorTerms"];
        if (terms.Items.Count() != 1)
            terms.Add(FieldError.Invalid(terms.Path, terms.Value ?? new JsonArray(), "must have exactly one node selector term"));
    }

    private static void CheckDevices(Field spec)
    {
        var devices = spec["devices"];
        var isAdvanced = devices.Items.Any(d => !d["taints"].IsEmpty || !d["consumesCounters"].IsEmpty);
        var max = isAdvanced ? MaxAdvancedDevices : MaxDevices;
        devices.MaxItems(max);
        if (devices.Items.Count() > max)
            return;
        var names = new HashSet<string>();
        foreach (var device in devices.Items)
        {
            DeviceValidation.Check(device, spec["perDeviceNodeSelection"].IsTrue);
            if (!names.Add(device["name"].Text))
                device.Add(FieldError.Duplicate(device.Path, device["name"].Text));
        }
    }

    private static void CheckCounters(Field sets)
    {
        sets.MaxItems(MaxCounterSets);
        sets.UniqueItems("name");
        foreach (var set in sets.Items)
        {
            if (set["name"].Required())
                set["name"].DnsLabel();
            if (set["counters"].Required())
                DeviceValidation.CheckCounters(set["counters"]);
        }
    }
}
