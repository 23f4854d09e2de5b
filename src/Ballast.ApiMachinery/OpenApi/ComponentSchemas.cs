using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.OpenApi;

/// <summary>The <c>components.schemas</c> of one document: what was referred to, and all that those lead to.</summary>
internal sealed class ComponentSchemas
{
    public const string Prefix = "#/components/schemas/";

    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1.";

    private readonly SortedDictionary<string, JsonObject> _schemas = new(StringComparer.Ordinal);

    public JsonObject ToJson() => new(_schemas.Select(s => KeyValuePair.Create(s.Key, (JsonNode?)s.Value)));

    /// <summary>A reference to a built-in type of <c>meta.k8s.io/v1</c>.</summary>
    public JsonObject MetaReference(string type) => Reference(Meta + type);

    /// <summary>A reference to a built-in type.</summary>
    public JsonObject Reference(string name)
    {
        if (!_schemas.ContainsKey(name))
            Add(name, SchemaCatalog.BuiltIn[name].Source!);
        return new JsonObject { ["$ref"] = Prefix + name };
    }

    public JsonObject Reference(ServedResource resource)
    {
        if (resource.CustomSchema is null)
            return Reference(resource.SchemaName);
        if (!_schemas.ContainsKey(resource.SchemaName))
            Add(resource.SchemaName, Envelope(resource.CustomSchema.Source!.DeepClone().AsObject(), resource.Kind, "ObjectMeta"));
        return new JsonObject { ["$ref"] = Prefix + resource.SchemaName };
    }

    public JsonObject ListReference(ServedResource resource)
    {
        var name = resource.SchemaName + "List";
        if (resource.CustomSchema is null)
            return Reference(SchemaCatalog.BuiltIn.TryGet(name, out _) ? name : resource.SchemaName);
        if (!_schemas.ContainsKey(name))
        {
            _ = Reference(resource);
            var kind = resource.Kind with { Kind = resource.Kind.Kind + "List" };
            Add(name, Envelope(new JsonObject
            {
                ["description"] = $"{kind.Kind} is a list of {resource.Kind.Kind}",
                ["type"] = "object",
                ["required"] = new JsonArray("items"),
                ["properties"] = new JsonObject
                {
                    ["items"] = new JsonObject
                    {
                        ["description"] = $"List of {resource.Resource}. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md",
                        ["type"] = "array",
                        ["items"] = new JsonObject { ["$ref"] = resource.SchemaName },
                    },
                },
            }, kind, "ListMeta"));
        }
        return new JsonObject { ["$ref"] = Prefix + name };
    }

    private void Add(string name, JsonObject source)
    {
        // Entered before it is filled: types may contain themselves.
        _schemas[name] = [];
        _schemas[name] = Convert(source);
    }

    private JsonObject Convert(JsonObject source)
    {
        var converted = new JsonObject();
        foreach (var (key, value) in source)
        {
            switch (key, value)
            {
                case ("$ref", _):
                    Refer(converted, value!.ToString());
                    break;
                case ("properties" or "patternProperties" or "definitions", JsonObject fields):
                    converted[key] = new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, f.Value is JsonObject schema ? Convert(schema) : f.Value?.DeepClone())));
                    break;
                case ("items" or "additionalProperties" or "not", JsonObject schema):
                    converted[key] = Convert(schema);
                    break;
                case ("allOf" or "anyOf" or "oneOf", JsonArray schemas):
                    converted[key] = new JsonArray([.. schemas.Select(s => s is JsonObject schema ? Convert(schema) : s?.DeepClone())]);
                    break;
                default:
                    converted[key] = value?.DeepClone();
                    break;
            }
        }
        if (source.ContainsKey("$ref") && source.Count > 1)
        {
            // Beside a reference, OpenAPI v3 reads nothing else.
            converted["allOf"] = new JsonArray(new JsonObject { ["$ref"] = converted["$ref"]!.DeepClone() });
            _ = converted.Remove("$ref");
        }
        if (source.StringAt("format") == "int-or-string" && converted.Remove("x-kubernetes-int-or-string"))
            converted["oneOf"] = new JsonArray(new JsonObject { ["type"] = "integer" }, new JsonObject { ["type"] = "string" });
        return converted;
    }

    private void Refer(JsonObject converted, string name)
    {
        converted["$ref"] = Prefix + name;
        if (!_schemas.ContainsKey(name))
            _ = Reference(name);
    }

    // A CRD's schema need not spell out what every object has.
    private static JsonObject Envelope(JsonObject schema, GroupVersionKind kind, string metadata)
    {
        var properties = schema.ObjectAt("properties");
        var model = SchemaCatalog.BuiltIn["io.k8s.api.core.v1.ConfigMap"].Source!["properties"]!;
        properties["apiVersion"] = model["apiVersion"]!.DeepClone();
        properties["kind"] = model["kind"]!.DeepClone();
        properties["metadata"] = new JsonObject { ["$ref"] = Meta + metadata, ["description"] = "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata" };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.Version });
        return schema;
    }
}
