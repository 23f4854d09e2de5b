using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>
/// What keeps a configuration from being applied: fields that its schema does not have, values of other types, list items that cannot be told apart. In the
/// words of structured-merge-diff. A server-side apply fails on any of these, whatever <c>fieldValidation</c> says.
/// </summary>
public static class TypedErrors
{
    /// <summary>One sentence an error, in the order of their paths: <c>.spec.replicas: expected numeric (int or float), got string</c>.</summary>
    public static IReadOnlyList<string> Find(JsonObject configuration, Schema schema)
    {
        List<string> found = [];
        foreach (var (name, value) in configuration)
        {
            // Every object has these, also where a custom resource's schema does not spell them out.
            if (name is not ("apiVersion" or "kind"))
                Walk(value, name == "metadata" ? SchemaCatalog.ObjectMeta : schema.Field(name), schema.PreserveUnknownFields, DocumentPath.Root.Child(name), found);
        }
        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static void Walk(JsonNode? value, Schema? schema, bool unknownIsFine, DocumentPath path, List<string> found)
    {
        if (schema is null)
        {
            if (!unknownIsFine)
                Add(found, path, "field not declared in schema");
            return;
        }
        if (value is null)
            return;
        if (schema.IntOrString || schema.Name == "io.k8s.apimachinery.pkg.api.resource.Quantity")
        {
            if (value is JsonObject or JsonArray)
                Add(found, path, $"expected any scalar, got {Wrapped(value)}");
        }
        else if (schema.IsList)
            WalkList(value, schema, path, found);
        else if (schema.IsObject)
            WalkMap(value, schema, path, found);
        else if (ScalarError(value, schema.Type) is { } error)
            Add(found, path, error);
    }

    private static void WalkMap(JsonNode value, Schema schema, DocumentPath path, List<string> found)
    {
        if (value is not JsonObject map)
        {
            Add(found, path, $"expected map, got &{{{GoText.Of(value)}}}");
            return;
        }
        foreach (var (name, child) in map)
        {
            if (schema.EmbeddedResource && name is ("apiVersion" or "kind"))
                continue;
            var field = schema.EmbeddedResource && name == "metadata" ? SchemaCatalog.ObjectMeta : schema.Field(name);
            Walk(child, field, schema.PreserveUnknownFields, path.Child(name), found);
        }
    }

    private static void WalkList(JsonNode value, Schema schema, DocumentPath path, List<string> found)
    {
        if (value is not JsonArray list)
        {
            Add(found, path, $"expected list, got &{{{GoText.Of(value)}}}");
            return;
        }
        HashSet<string> seen = [];
        for (var i = 0; i < list.Count; i++)
        {
            var at = path.Index(i);
            if (!schema.IsAtomic)
            {
                if (FieldStep.Item(schema, list[i]) is not { } step)
                {
                    Add(found, path, string.Create(CultureInfo.InvariantCulture, $"element {i}: {Unidentified(schema, list[i])}"));
                    continue;
                }
                at = path.Item(() => FieldStep.Display(step));
                if (!seen.Add(step))
                    Add(found, path, $"duplicate entries for key {FieldStep.Display(step)}");
            }
            Walk(list[i], schema.Items ?? Schema.Any, unknownIsFine: true, at, found);
        }
    }

    private static void Add(List<string> found, DocumentPath path, string error) => found.Add($".{path}: {error}");

    private static string Unidentified(Schema list, JsonNode? item)
    {
        if (item is not JsonObject map)
            return "associative list with keys may not have non-map elements";
        var missing = list.ListMapKeys.Order(StringComparer.Ordinal).First(k => !map.ContainsKey(k) && list.Items?.Field(k)?.Default is null);
        return $"associative list with keys has an element that omits key field \"{missing}\" (and doesn't have default value)";
    }

    private static string? ScalarError(JsonNode value, string type)
    {
        var kind = value.GetValueKind();
        return type switch
        {
            "integer" or "number" when kind != JsonValueKind.Number => $"expected numeric (int or float), got {GoType(value)}",
            "string" when kind != JsonValueKind.String => $"expected string, got {Wrapped(value)}",
            "boolean" when kind is not (JsonValueKind.True or JsonValueKind.False) => $"expected boolean, got {Wrapped(value)}",
            _ => null,
        };
    }

    private static string GoType(JsonNode value) => value.GetValueKind() switch
    {
        JsonValueKind.Object => "map[string]interface {}",
        JsonValueKind.Array => "[]interface {}",
        JsonValueKind.String => "string",
        _ => "bool",
    };

    private static string Wrapped(JsonNode value) => $"&value.valueUnstructured{{Value:{GoText.Literal(value)}}}";
}
