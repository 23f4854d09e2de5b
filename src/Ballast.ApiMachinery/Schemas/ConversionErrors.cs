using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>
/// Values that do not fit their schema's type, in the words of upstream's converter, through which the outcome of a strategic merge goes instead of the decoder
/// (<see cref="TypeErrors"/>): <c>unrecognized type: int32</c>.
/// </summary>
public static class ConversionErrors
{
    /// <summary>The first, or null where all types are right.</summary>
    public static string? FindFirst(JsonNode? node, Schema schema)
    {
        if (node is null || schema.Type.Length == 0 && !schema.IntOrString)
            return null;
        // These decode themselves.
        if (schema.IntOrString || schema.Name == "io.k8s.apimachinery.pkg.api.resource.Quantity" || (schema.Format.Length > 0 && schema.Type == "string" && node.GetValueKind() == JsonValueKind.String))
            return TypeErrors.Of(node, schema);
        return (schema.Type, node) switch
        {
            ("object", JsonObject map) => map.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => schema.Field(f.Key) is { } known ? FindFirst(f.Value, known) : null).FirstOrDefault(e => e is not null),
            ("array", JsonArray list) => list.Select(item => FindFirst(item, schema.Items!)).FirstOrDefault(e => e is not null),
            ("object", _) when schema.AdditionalProperties is not null => $"cannot restore map from {GoKind(node)}",
            ("object", _) => $"cannot restore struct from: {GoKind(node)}",
            ("array", _) => $"cannot restore slice from {GoKind(node)}",
            _ => ScalarError(node, schema),
        };
    }

    private static string? ScalarError(JsonNode node, Schema schema)
    {
        var (from, to) = (GoKind(node), GoTarget(schema));
        var fits = (from, to) switch
        {
            ("string", "string") or ("bool", "bool") or ("int64", "int64" or "float64") or ("float64", "float64") => true,
            ("int64", "int32") => int.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out _),
            _ => false,
        };
        if (fits)
            return null;
        // Go would convert a number to any other, and to text: that is caught by itself.
        var isNumber = from is "int64" or "float64";
        return isNumber && (to is "int32" or "int64" or "float64" || (to == "string" && from == "int64")) ? $"cannot convert {from} to {to}" : $"unrecognized type: {to}";
    }

    private static string GoKind(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.Object => "map",
        JsonValueKind.Array => "slice",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => long.TryParse(node.ToJsonString(), CultureInfo.InvariantCulture, out _) ? "int64" : "float64",
    };

    private static string GoTarget(Schema schema) => (schema.Type, schema.Format) switch
    {
        ("integer", "int32") => "int32",
        ("integer", _) => "int64",
        ("number", _) => "float64",
        ("boolean", _) => "bool",
        _ => "string",
    };
}
