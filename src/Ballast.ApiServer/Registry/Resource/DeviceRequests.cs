using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>What claims, and templates of claims, ask for.</summary>
internal static class DeviceRequests
{
    private const int MaxRequests = 32;
    private const int MaxAlternatives = 8;
    private const int MaxConstraints = 32;
    private const int MaxConfigs = 32;
    private const string NotARequest = "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

    public static void Default(JsonObject? spec)
    {
        foreach (var request in spec.Objects("devices", "requests"))
        {
            if (request.Object("exactly") is { } exactly)
                DefaultCount(exactly);
            foreach (var alternative in request.Objects("firstAvailable"))
                DefaultCount(alternative);
        }
    }

    public static void Check(Field spec)
    {
        var devices = spec["devices"];
        var names = Names(spec.Object);
        Set(devices["requests"], MaxRequests, "name", CheckRequest);
        Limited(devices["constraints"], MaxConstraints, constraint => CheckConstraint(constraint, names));
        Limited(devices["config"], MaxConfigs, config =>
        {
            CheckReferences(config["requests"], names);
            config.OpaqueConfig();
        });
    }

    /// <summary>The names that results and constraints can refer to: <c>request</c> and <c>request/alternative</c>.</summary>
    public static HashSet<string> Names(JsonObject? spec) =>
    [
        .. spec.Objects("devices", "requests").SelectMany(r =>
            r.Objects("firstAvailable").Select(a => $"{r.Text("name")}/{a.Text("name")}").Prepend(r.Text("name"))),
    ];

    /// <param name="reference">To a request.</param>
    /// <param name="names">The claim's.</param>
    public static void CheckReference(Field reference, HashSet<string> names)
    {
        if (reference.Text.Count(c => c == '/') > 1)
        {
            reference.Invalid(NotARequest);
            return;
        }
        foreach (var part in reference.Text.Split('/'))
            (reference with { Value = part }).RequiredLabel();
        if (!names.Contains(reference.Text))
            reference.Invalid(NotARequest);
    }

    public static void CheckReferences(Field references, HashSet<string> names)
    {
        Limited(references, MaxRequests, reference => CheckReference(reference, names));
        references.UniqueTexts();
    }

    private static void CheckRequest(Field request)
    {
        request["name"].RequiredLabel();
        var (exactly, alternatives) = (request["exactly"], request["firstAvailable"]);
        switch (exactly.IsPresent, !alternatives.IsEmpty)
        {
            case (false, false):
                request.Missing("exactly one of `exactly` or `firstAvailable` is required");
                break;
            case (true, true):
                request.Add(FieldError.Invalid(request.Path, "null", "exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set"));
                break;
            case (true, false):
                CheckDevice(exactly);
                break;
            default:
                Set(alternatives, MaxAlternatives, "name", alternative =>
                {
                    alternative["name"].RequiredLabel();
                    CheckDevice(alternative);
                });
                break;
        }
    }

    private static void CheckDevice(Field device)
    {
        if (device["deviceClassName"].Required())
            device["deviceClassName"].DnsSubdomain();
        DeviceSelectors.Check(device["selectors"]);
        var (mode, count) = (device["allocationMode"], device["count"]);
        if (mode.Text is not ("All" or "ExactCount"))
            mode.Add(FieldError.NotSupported(mode.Path, mode.Text, "All", "ExactCount"));
        else if (mode.Text == "All" && count.Number is not (null or 0))
            count.Invalid("must not be specified when allocationMode is 'All'");
        else if (mode.Text == "ExactCount" && (count.Number ?? 0) <= 0)
            count.Add(FieldError.Invalid(count.Path, count.Number ?? 0, "must be greater than zero"));
        foreach (var toleration in device["tolerations"].Items)
            DeviceTaints.CheckToleration(toleration);
    }

    private static void CheckConstraint(Field constraint, HashSet<string> names)
    {
        CheckReferences(constraint["requests"], names);
        if (constraint["matchAttribute"].IsPresent)
            constraint["matchAttribute"].FullAttributeName();
        else if (constraint["distinctAttribute"].IsPresent)
            constraint["distinctAttribute"].FullAttributeName();
        else
            constraint.Missing("exactly one of \"matchAttribute\" or \"distinctAttribute\" is required, but multiple fields are set");
    }

    /// <summary>A list that is too long is refused without looking into it.</summary>
    private static void Limited(Field list, int max, Action<Field> check)
    {
        var before = list.Errors.Count;
        list.MaxItems(max);
        if (list.Errors.Count > before)
            return;
        foreach (var item in list.Items)
            check(item);
    }

    private static void Set(Field list, int max, string key, Action<Field> check)
    {
        Limited(list, max, check);
        var seen = new HashSet<string>();
        foreach (var item in list.Items.Where(i => !seen.Add(i[key].Text)))
            item.Add(FieldError.Duplicate(item.Path, item[key].Text));
    }

    private static void DefaultCount(JsonObject device)
    {
        device.SetDefault("allocationMode", "ExactCount");
        if (device.Text("allocationMode") == "ExactCount")
            device.SetDefault("count", 1);
    }
}
