using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Objects;

/// <summary>
/// Reads and writes of the fields every API object has. The document is the object: these hold no state of their own.
/// A field of the wrong JSON type reads as absent; schema validation is what names such a field to the user.
/// </summary>
public static class DocumentExtensions
{
    extension(JsonObject document)
    {
        public string ApiVersion => document.StringAt("apiVersion") ?? "";

        public string Kind => document.StringAt("kind") ?? "";

        /// <summary><c>metadata</c>, or null where the document has none.</summary>
        public JsonObject? MetadataOrNull => document["metadata"] as JsonObject;

        /// <summary><c>metadata</c>, made on first use.</summary>
        public JsonObject Metadata => document.ObjectAt("metadata");

        public string Name
        {
            get => document.MetadataOrNull?.StringAt("name") ?? "";
            set => document.Metadata["name"] = value;
        }

        public string Namespace
        {
            get => document.MetadataOrNull?.StringAt("namespace") ?? "";
            set => document.Metadata["namespace"] = value;
        }

        public string Uid => document.MetadataOrNull?.StringAt("uid") ?? "";

        /// <summary>The empty string where the document carries none.</summary>
        public string ResourceVersion
        {
            get => document.MetadataOrNull?.StringAt("resourceVersion") ?? "";
            set => document.Metadata["resourceVersion"] = value;
        }

        public long Generation
        {
            get => document.MetadataOrNull?.LongAt("generation") ?? 0;
            set => document.Metadata["generation"] = value;
        }

        /// <summary>True once deletion was asked for and something (grace, finalizers) still holds the object.</summary>
        public bool IsBeingDeleted => document.MetadataOrNull?.StringAt("deletionTimestamp") is not null;

        public IEnumerable<string> Finalizers => document.MetadataOrNull?.StringsAt("finalizers") ?? [];

        public JsonObject? Labels => document.MetadataOrNull?["labels"] as JsonObject;

        public JsonObject? Annotations => document.MetadataOrNull?["annotations"] as JsonObject;

        /// <summary>The string at <paramref name="field"/>, or null where it is absent or not a string.</summary>
        public string? StringAt(string field) =>
            document[field] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

        public long? LongAt(string field) =>
            document[field] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
                && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number : null;

        public bool? BoolAt(string field) => document[field]?.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => null,
        };

        /// <summary>The strings of the list at <paramref name="field"/>; items of other types are left out.</summary>
        public IEnumerable<string> StringsAt(string field) =>
            document[field] is JsonArray list
                ? list.OfType<JsonValue>().Where(v => v.GetValueKind() == JsonValueKind.String).Select(v => v.GetValue<string>())
                : [];

        /// <summary>The object at <paramref name="field"/>; made, replacing a null, where there is none.</summary>
        public JsonObject ObjectAt(string field)
        {
            if (document[field] is JsonObject found)
                return found;
            var made = new JsonObject();
            document[field] = made;
            return made;
        }

        /// <summary>Sets <paramref name="field"/> only where it is absent or null. True where it did.</summary>
        public bool SetDefault(string field, JsonNode value)
        {
            if (document[field] is not null)
                return false;
            document[field] = value;
            return true;
        }
    }
}
