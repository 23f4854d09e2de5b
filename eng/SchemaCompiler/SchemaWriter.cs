using System.Reflection;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Ballast.SchemaCompiler;

/// <summary>A schema in the catalog's file: its name, the kinds it stands for, and its OpenAPI schema (references are bare names).</summary>
internal sealed record NamedSchema(string Name, JsonObject Document);

/// <summary>Turns model classes into schemas.</summary>
internal sealed class SchemaWriter(ModelSet models, XmlDocs docs, MergeTable merge)
{
    private static readonly HashSet<string> MicroTimes = ["acquireTime", "eventTime", "lastObservedTime", "pingTime", "renewTime"];

    public NamedSchema Write(string name)
    {
        var type = models[name];
        var schema = new JsonObject();
        Describe(schema, docs.Of(type));
        schema["type"] = "object";
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var (field, property) in ModelSet.Fields(type))
        {
            var written = OfField(field, property);
            AddMerge(written, merge[name, field]);
            properties[field] = written;
            if (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null)
                required.Add((JsonNode)field);
        }
        schema["properties"] = properties;
        if (required.Count > 0)
            schema["required"] = required;
        AddMerge(schema, merge[name, "."]);
        if (ModelSet.Entity(type) is { } kind)
            schema["x-kubernetes-group-version-kind"] = new JsonArray(new JsonObject { ["group"] = kind.Group, ["kind"] = kind.Kind, ["version"] = kind.ApiVersion });
        return new(name, schema);
    }

    private JsonObject OfField(string field, PropertyInfo property)
    {
        var schema = new JsonObject();
        Describe(schema, docs.Of(property));
        AddType(schema, property.PropertyType, field, property);
        return schema;
    }

    private void AddType(JsonObject schema, Type type, string field, PropertyInfo property)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>))
        {
            schema["type"] = "array";
            schema["items"] = OfElement(type, field, property);
        }
        else if (type.IsGenericType)
        {
            schema["type"] = "object";
            schema["additionalProperties"] = OfElement(type, field, property);
        }
        else if (models.Find(type) is { } name)
        {
            schema["$ref"] = name;
        }
        else
        {
            AddLeaf(schema, type, field, property);
        }
    }

    private JsonObject OfElement(Type container, string field, PropertyInfo property)
    {
        var element = new JsonObject();
        AddType(element, container.GetGenericArguments()[^1], field, property);
        return element;
    }

    private static void AddLeaf(JsonObject schema, Type type, string field, PropertyInfo property)
    {
        var (reference, basic, format) = type switch
        {
            _ when type == typeof(string) => ("", "string", ""),
            _ when type == typeof(bool) => ("", "boolean", ""),
            _ when type == typeof(int) => ("", "integer", "int32"),
            _ when type == typeof(long) => ("", "integer", "int64"),
            _ when type == typeof(double) => ("", "number", "double"),
            _ when type == typeof(byte[]) => ("", "string", "byte"),
            _ when type == typeof(DateTime) => (MicroTimes.Contains(field) ? MachineryTypes.MicroTime : MachineryTypes.Time, "", ""),
            _ when type == typeof(IntOrString) => (MachineryTypes.IntOrString, "", ""),
            _ when type == typeof(ResourceQuantity) => (MachineryTypes.Quantity, "", ""),
            _ when type == typeof(object) => (MachineryTypes.OfUntyped(property.DeclaringType!.Name, field), "object", ""),
            _ => throw new InvalidOperationException($"{property.DeclaringType!.Name}.{property.Name}: no schema for {type}"),
        };
        if (reference.Length > 0)
        {
            schema["$ref"] = reference;
            return;
        }
        schema["type"] = basic;
        if (format.Length > 0)
            schema["format"] = format;
    }

    private static void AddMerge(JsonObject schema, IReadOnlyDictionary<string, string> row)
    {
        if (row.TryGetValue("default", out var value))
            schema["default"] = value;
        if (row.TryGetValue("keys", out var keys))
            schema["x-kubernetes-list-map-keys"] = new JsonArray([.. keys.Split(',').Select(k => (JsonNode)k)]);
        if (row.TryGetValue("list", out var list))
            schema["x-kubernetes-list-type"] = list;
        if (row.TryGetValue("map", out var map))
            schema["x-kubernetes-map-type"] = map;
        if (row.TryGetValue("patch-key", out var key))
            schema["x-kubernetes-patch-merge-key"] = key;
        if (row.TryGetValue("patch", out var strategy))
            schema["x-kubernetes-patch-strategy"] = strategy;
    }

    private static void Describe(JsonObject schema, string description)
    {
        if (description.Length > 0)
            schema["description"] = description;
    }
}
