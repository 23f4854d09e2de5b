using System.Text;
using System.Text.RegularExpressions;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>A device that a slice offers.</summary>
internal static partial class DeviceValidation
{
    private const int MaxAttributesAndCapacities = 32;
    private const int MaxValueBytes = 64;
    private const int MaxTaints = 16;
    private const int MaxCounters = 32;

    private static readonly string[] Values = ["bool", "int", "string", "version"];
    private static readonly string[] Places = ["nodeName", "nodeSelector", "allNodes"];

    /// <param name="device">The device.</param>
    /// <param name="hasOwnNodes">The slice leaves it to its devices to say which nodes reach them.</param>
    public static void Check(Field device, bool hasOwnNodes)
    {
        device["name"].RequiredLabel();
        var count = device["attributes"].Entries.Count() + device["capacity"].Entries.Count();
        if (count > MaxAttributesAndCapacities)
            device.Add(FieldError.Invalid(device.Path, count, $"the total number of attributes and capacities must not exceed {MaxAttributesAndCapacities}"));
        foreach (var (name, attribute) in device["attributes"].Entries)
        {
            attribute.AttributeName(name);
            CheckAttribute(attribute);
        }
        foreach (var (name, capacity) in device["capacity"].Entries)
        {
            capacity.AttributeName(name);
            CheckCapacity(capacity, device["allowMultipleAllocations"].IsTrue);
        }
        device["taints"].MaxItems(MaxTaints);
        foreach (var taint in device["taints"].Items)
            DeviceTaints.Check(taint);
        foreach (var consumption in device["consumesCounters"].Items)
        {
            if (consumption["counterSet"].Required())
                consumption["counterSet"].DnsLabel();
            if (consumption["counters"].Required())
                CheckCounters(consumption["counters"]);
        }
        CheckNodes(device, hasOwnNodes);
    }

    public static void CheckCounters(Field counters)
    {
        counters.MaxEntries(MaxCounters);
        foreach (var (name, counter) in counters.Entries)
        {
            (counter with { Value = name }).RequiredLabel();
            _ = counter["value"].AnyQuantity();
        }
    }

    private static void CheckAttribute(Field attribute)
    {
        if (Encoding.UTF8.GetByteCount(attribute["string"].Text) > MaxValueBytes)
            attribute["string"].Add(FieldError.TooLong(attribute["string"].Path, MaxValueBytes));
        var version = attribute["version"];
        if (version.IsPresent && !SemanticVersion().IsMatch(version.Text))
            version.Invalid("must be a string compatible with semver.org spec 2.0.0");
        version.MaxLength(MaxValueBytes);
        var given = Values.Count(v => attribute[v].IsPresent);
        if (given == 0)
            attribute.Add(FieldError.Invalid(attribute.Path, "", "exactly one value must be specified"));
        else if (given > 1)
            attribute.Invalid("exactly one value must be specified");
    }

    private static void CheckCapacity(Field capacity, bool isShared)
    {
        _ = capacity["value"].AnyQuantity();
        if (!capacity["requestPolicy"].IsPresent)
            return;
        if (isShared)
            RequestPolicyValidation.Check(capacity);
        else
            capacity["requestPolicy"].Forbidden("allowMultipleAllocations must be true");
    }

    private static void CheckNodes(Field device, bool hasOwnNodes)
    {
        var given = Places.Where(p => device[p].IsPresent).ToList();
        if (!hasOwnNodes)
        {
            if (given.Count > 0)
                device.Add(FieldError.Invalid(device.Path, "null", "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec"));
            return;
        }
        if (device["nodeName"] is { IsPresent: true, IsEmpty: true } empty)
            empty.Invalid("must not be empty");
        device["nodeName"].DnsSubdomain();
        if (device["nodeSelector"].IsPresent)
            AffinityValidation.CheckNodeSelector(device["nodeSelector"]);
        if (device["allNodes"] is { IsPresent: true, IsTrue: false } isFalse)
            isFalse.Invalid("must be either unset or set to true");
        const string ExactlyOne = "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
        if (given.Count == 0)
            device.Missing(ExactlyOne);
        else if (given.Count > 1)
            device.Add(FieldError.Invalid(device.Path, $"{{{string.Join(", ", given.Select(g => $"`{g}`"))}}}", ExactlyOne));
    }

    [GeneratedRegex(
        @"\A(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex SemanticVersion();
}
