using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Events;

/// <summary>Events have two groups: core/v1, in which they are stored, and events.k8s.io/v1, which shows the same objects under newer names.</summary>
internal static class Events
{
    private static readonly Column[] Columns =
    [
        Column.Text("Last Seen", "lastTimestamp", LastSeen),
        Column.Text("Type", "type", d => d.Text("type")),
        Column.Text("Reason", "reason", d => d.Text("reason")),
        Column.Text("Object", "involvedObject", Target),
        Column.Text("Subobject", "involvedObject.fieldPath", d => d.Text("involvedObject", "fieldPath")).Wide,
        Column.Text("Source", "source", Source).Wide,
        Column.Text("Message", "message", d => d.Text("message").Trim()),
        Column.Text("First Seen", "firstTimestamp", FirstSeen).Wide,
        Column.Number("Count", "count", d => d.Long("series", "count") ?? (d.Long("count") is { } count and not 0 ? count : 1)).Wide,
        Column.Name(d => d.Name).Wide,
    ];

    public static ResourceDefinition Core(TimeSpan timeToLive) => BuiltIn
        .Namespaced("v1", "events", "Event", new EventStrategy(newApi: false, timeToLive), Columns)
        .WithShortNames("ev")
        .WithSelectableFields(Selectable(d => d.Object("involvedObject"), "involvedObject", "reportingComponent", d => SourceComponent(d)));

    public static ResourceDefinition EventsGroup(TimeSpan timeToLive)
    {
        var definition = BuiltIn
            .Namespaced("events.k8s.io/v1", "events", "Event", new EventStrategy(newApi: true, timeToLive), Columns)
            .WithShortNames("ev")
            .WithSelectableFields(Selectable(d => d.Object("involvedObject"), "regarding", "reportingController", d => SourceComponent(d)));
        var columns = new ConvertingTable(Core(timeToLive).Versions[0].Columns, EventConversion.ToCore);
        return definition with { Versions = [definition.Versions[0] with { Columns = columns, FromStorage = EventConversion.FromCore, ToStorage = EventConversion.ToCore }] };
    }

    private static (string, Func<JsonObject, string>)[] Selectable(
        Func<JsonObject, JsonObject?> regarding, string name, string reporter, Func<JsonObject, string> readReporter) =>
    [
        .. new[] { "kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath" }
            .Select(field => ($"{name}.{field}", (Func<JsonObject, string>)(d => regarding(d).Text(field)))),
        ("reason", d => d.Text("reason")),
        ("type", d => d.Text("type")),
        (reporter, readReporter),
        ("source", readReporter),
    ];

    private static string SourceComponent(JsonObject document) =>
        document.Text("source", "component") is { Length: > 0 } component ? component : document.Text("reportingComponent");

    private static string LastSeen(JsonObject document, DateTimeOffset now) =>
        document.Object("series") is { } series ? Cells.Since(series.Text("lastObservedTime"), now)
        : document.Text("lastTimestamp") is { Length: > 0 } last ? Cells.Since(last, now)
        : FirstSeen(document, now);

    private static string FirstSeen(JsonObject document, DateTimeOffset now) =>
        Cells.Since(document.Text("firstTimestamp") is { Length: > 0 } first ? first : document.Text("eventTime"), now);

    private static string Target(JsonObject document)
    {
        var kind = document.Text("involvedObject", "kind").ToLowerInvariant();
        return document.Text("involvedObject", "name") is { Length: > 0 } name ? $"{kind}/{name}" : kind;
    }

    private static string Source(JsonObject document)
    {
        var host = document.Text("source", "host") is { Length: > 0 } own ? own : document.Text("reportingInstance");
        return host.Length == 0 ? SourceComponent(document) : $"{SourceComponent(document)}, {host}";
    }
}
