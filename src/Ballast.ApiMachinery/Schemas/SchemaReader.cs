using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>Reads schemas from JSON: OpenAPI v3 as in the catalog's file, and the <c>openAPIV3Schema</c> of CRDs.</summary>
public static class SchemaReader
{
    private static readonly string[] RuleNames =
    [
        "minimum", "maximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
        "enum", "allOf", "anyOf", "oneOf", "not",
    ];

    /// <summary>Reads a schema that refers to no other.</summary>
    public static Schema Read(JsonObject json) => Read(json, "", name => throw new InvalidOperationException($"no schema {name}"));

    /// <summary>
    /// Reads a custom resource's schema, with the fields every object has as they are on built-in kinds: what decodes, prunes, applies and publishes needs them,
    /// and a CRD may not change them.
    /// </summary>
    public static Schema ReadCustomResource(JsonObject json)
    {
        var whole = json.DeepClone().AsObject();
        var properties = whole.ObjectAt("properties");
        properties["apiVersion"] = new JsonObject { ["type"] = "string" };
        properties["kind"] = new JsonObject { ["type"] = "string" };
        properties["metadata"] = new JsonObject { ["$ref"] = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
        return Read(whole, "", name => SchemaCatalog.BuiltIn[name]);
    }

    /// <param name="json">Kept as <see cref="Schema.Source"/>.</param>
    /// <param name="name">What the catalog calls it.</param>
    /// <param name="resolve">Finds referred schemas; called when they are first used.</param>
    public static Schema Read(JsonObject json, string name, Func<string, Schema> resolve)
    {
        if (json.StringAt("$ref") is { } reference)
            return ReadReference(json, reference, resolve);
        return new Schema
        {
            Name = name,
            Source = json,
            Description = json.StringAt("description") ?? "",
            Type = json.StringAt("type") ?? "",
            Format = json.StringAt("format") ?? "",
            Properties = json["properties"] is JsonObject properties ? ReadProperties(properties, resolve) : new Dictionary<string, Schema>(),
            Items = json["items"] is JsonObject items ? Read(items, "", resolve) : null,
            AdditionalProperties = Additional(json["additionalProperties"], resolve),
            Required = [.. json.StringsAt("required")],
            PreserveUnknownFields = Flag(json, "preserve-unknown-fields"),
            IntOrString = Flag(json, "int-or-string"),
            EmbeddedResource = Flag(json, "embedded-resource"),
            Nullable = json.BoolAt("nullable") ?? false,
            Default = json["default"],
            ListType = Text(json, "list-type"),
            ListMapKeys = Texts(json, "list-map-keys"),
            MapType = Text(json, "map-type"),
            PatchStrategies = Strategies(json),
            PatchMergeKey = Text(json, "patch-merge-key"),
            Rules = RuleNames.Any(json.ContainsKey) ? Rules(json, resolve) : null,
            Kinds = [.. (json["x-kubernetes-group-version-kind"] as JsonArray ?? []).OfType<JsonObject>().Select(k => new GroupVersionKind(k.StringAt("group") ?? "", k.StringAt("version") ?? "", k.StringAt("kind") ?? ""))],
        };
    }

    private static Schema ReadReference(JsonObject json, string reference, Func<string, Schema> resolve) => new(reference, resolve)
    {
        Source = json,
        Description = json.StringAt("description") ?? "",
        Default = json["default"],
        ListType = Text(json, "list-type"),
        ListMapKeys = Texts(json, "list-map-keys"),
        MapType = Text(json, "map-type"),
        PatchStrategies = Strategies(json),
        PatchMergeKey = Text(json, "patch-merge-key"),
    };

    private static Dictionary<string, Schema> ReadProperties(JsonObject properties, Func<string, Schema> resolve)
    {
        var read = new Dictionary<string, Schema>(properties.Count);
        foreach (var (name, value) in properties)
            read[name] = value is JsonObject schema ? Read(schema, "", resolve) : Schema.Any;
        return read;
    }

    private static Schema? Additional(JsonNode? node, Func<string, Schema> resolve) => node switch
    {
        JsonObject schema => Read(schema, "", resolve),
        JsonValue value when value.GetValueKind() == JsonValueKind.True => Schema.Any,
        _ => null,
    };

    private static ValueRules Rules(JsonObject json, Func<string, Schema> resolve) => new()
    {
        Minimum = Number(json, "minimum"),
        ExclusiveMinimum = json.BoolAt("exclusiveMinimum") ?? false,
        Maximum = Number(json, "maximum"),
        ExclusiveMaximum = json.BoolAt("exclusiveMaximum") ?? false,
        MultipleOf = Number(json, "multipleOf"),
        MinLength = json.LongAt("minLength"),
        MaxLength = json.LongAt("maxLength"),
        Pattern = json.StringAt("pattern"),
        MinItems = json.LongAt("minItems"),
        MaxItems = json.LongAt("maxItems"),
        UniqueItems = json.BoolAt("uniqueItems") ?? false,
        MinProperties = json.LongAt("minProperties"),
        MaxProperties = json.LongAt("maxProperties"),
        Enum = json["enum"] is JsonArray values ? [.. values] : [],
        AllOf = Schemas(json, "allOf", resolve),
        AnyOf = Schemas(json, "anyOf", resolve),
        OneOf = Schemas(json, "oneOf", resolve),
        Not = json["not"] is JsonObject not ? Read(not, "", resolve) : null,
    };

    private static Schema[] Schemas(JsonObject json, string name, Func<string, Schema> resolve) =>
        [.. (json[name] as JsonArray ?? []).OfType<JsonObject>().Select(s => Read(s, "", resolve))];

    private static decimal? Number(JsonObject json, string name) =>
        json[name] is JsonValue value && value.GetValueKind() == JsonValueKind.Number
            && decimal.TryParse(value.ToString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Flag(JsonObject json, string extension) => json.BoolAt("x-kubernetes-" + extension) ?? false;

    private static string? Text(JsonObject json, string extension) => json.StringAt("x-kubernetes-" + extension);

    private static string[] Texts(JsonObject json, string extension) => [.. json.StringsAt("x-kubernetes-" + extension)];

    private static string[] Strategies(JsonObject json) => Text(json, "patch-strategy")?.Split(',') ?? [];
}
