using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry.Events;

/// <summary>Between the names of core/v1, in which events are stored, and those of events.k8s.io/v1.</summary>
internal static class EventConversion
{
    private static readonly (string Core, string New)[] Renamed =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
    ];

    public static JsonObject FromCore(JsonObject document) => Rename(document, "events.k8s.io/v1", Renamed.ToDictionary(r => r.Core, r => r.New));

    public static JsonObject ToCore(JsonObject document) => Rename(document, "v1", Renamed.ToDictionary(r => r.New, r => r.Core));

    private static JsonObject Rename(JsonObject document, string apiVersion, Dictionary<string, string> names)
    {
        var renamed = new JsonObject();
        foreach (var (field, value) in document)
            renamed[names.GetValueOrDefault(field, field)] = value?.DeepClone();
        renamed["apiVersion"] = apiVersion;
        return renamed;
    }
}
