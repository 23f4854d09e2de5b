using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

/// <summary>
/// Reads fields below an object by path. Strategies and columns work on the document itself: it loses nothing a client sent, and costs no conversion.
/// A field that is absent, or of another type, reads as empty.
/// </summary>
internal static class DocumentReading
{
    extension(JsonObject? document)
    {
        public JsonNode? Node(params ReadOnlySpan<string> path)
        {
            JsonNode? node = document;
            foreach (var field in path)
                node = node is JsonObject o ? o[field] : null;
            return node;
        }

        public JsonObject? Object(params ReadOnlySpan<string> path) => document.Node(path) as JsonObject;

        /// <summary>The empty string where there is none.</summary>
        public string Text(params ReadOnlySpan<string> path) =>
            document.Node(path) is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : "";

        public long? Long(params ReadOnlySpan<string> path) => document.Object(path[..^1])?.LongAt(path[^1]);

        public bool? Bool(params ReadOnlySpan<string> path) => document.Object(path[..^1])?.BoolAt(path[^1]);

        public IEnumerable<JsonObject> Objects(params ReadOnlySpan<string> path) =>
            document.Node(path) is JsonArray list ? list.OfType<JsonObject>() : [];

        public IEnumerable<string> Strings(params ReadOnlySpan<string> path) => document.Object(path[..^1])?.StringsAt(path[^1]) ?? [];

        public int Count(params ReadOnlySpan<string> path) => document.Node(path) switch
        {
            JsonArray list => list.Count,
            JsonObject map => map.Count,
            _ => 0,
        };

        public bool Has(params ReadOnlySpan<string> path) => document.Node(path) is not null;
    }

    /// <summary>Makes <paramref name="field"/> of <paramref name="document"/> what it is in <paramref name="old"/>.</summary>
    public static void CarryOver(this JsonObject document, string field, JsonObject old)
    {
        if (old[field] is { } value)
            document[field] = value.DeepClone();
        else
            document.Remove(field);
    }

    /// <summary>The condition of <paramref name="type"/> in <c>status.conditions</c>.</summary>
    public static JsonObject? Condition(this JsonObject document, string type) =>
        document.Objects("status", "conditions").FirstOrDefault(c => c.Text("type") == type);
}
