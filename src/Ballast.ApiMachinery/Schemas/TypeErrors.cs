using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Quantities;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>
/// Values that do not fit their schema's type, in the words of upstream's decoder: <c>json: cannot unmarshal string into Go struct field
/// DeploymentSpec.spec.replicas of type int32</c>. Only types: limits are for validation.
/// </summary>
public static class TypeErrors
{
    /// <summary>The first, or null where all types are right.</summary>
    public static string? FindFirst(JsonObject document, Schema schema) => Check(document, schema, schema.Name, DocumentPath.Root);

    /// <summary>Of one value, wherever it stands.</summary>
    internal static string? Of(JsonNode node, Schema schema) => Check(node, schema, schema.Name, DocumentPath.Root);

    private static string? Check(JsonNode? node, Schema schema, string owner, DocumentPath path)
    {
        if (node is null)
            return null;
        if (schema.IntOrString)
            return CheckIntOrString(node);
        if (schema.Name == "io.k8s.apimachinery.pkg.api.resource.Quantity")
            return CheckQuantity(node);
        return (schema.Type, node) switch
        {
            ("object", JsonObject value) => CheckObject(value, schema, owner, path),
            ("array", JsonArray list) => CheckList(list, schema.Items!, owner, path),
            ("", _) => null,
            ("object" or "array", _) => Mismatch(node, schema, owner, path),
            _ => CheckScalar(node, schema, owner, path),
        };
    }

    private static string? CheckObject(JsonObject value, Schema schema, string owner, DocumentPath path)
    {
        var inside = schema.Properties.Count > 0 ? schema.Name : owner;
        foreach (var (name, child) in value)
        {
            if (child is not null && schema.Field(name) is { } known && Check(child, known, inside, schema.Properties.Count > 0 ? path.Child(name) : path) is { } error)
                return error;
        }
        return null;
    }

    private static string? CheckList(JsonArray list, Schema items, string owner, DocumentPath path)
    {
        foreach (var item in list)
        {
            if (Check(item, items, owner, path) is { } error)
                return error;
        }
        return null;
    }

    private static string? CheckScalar(JsonNode node, Schema schema, string owner, DocumentPath path)
    {
        var kind = node.GetValueKind();
        return schema.Type switch
        {
            "boolean" => kind is JsonValueKind.True or JsonValueKind.False ? null : Mismatch(node, schema, owner, path),
            "string" => kind != JsonValueKind.String ? Mismatch(node, schema, owner, path) : CheckText(node.GetValue<string>(), schema),
            "integer" => kind == JsonValueKind.Number && Fits(node.ToString(), schema.Format) ? null : Mismatch(node, schema, owner, path),
            _ => kind == JsonValueKind.Number ? null : Mismatch(node, schema, owner, path),
        };
    }

    private static string? CheckText(string text, Schema schema) => schema.Format switch
    {
        "date-time" when !KubernetesTime.TryParse(text, out _) =>
            $"parsing time \"{text}\" as \"2006-01-02T15:04:05{(schema.Name.EndsWith("MicroTime", StringComparison.Ordinal) ? ".000000" : "")}Z07:00\": cannot parse \"{text}\" as \"2006\"",
        "byte" when !Base64.IsValid(text) => "illegal base64 data at input byte " + BadBase64(text).ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private static string? CheckQuantity(JsonNode node)
    {
        var text = node.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString();
        return Quantity.TryParse(text.Trim(), out _, out var error) ? null : error;
    }

    private static string? CheckIntOrString(JsonNode node) => node.GetValueKind() switch
    {
        JsonValueKind.String => null,
        JsonValueKind.Number when Fits(node.ToString(), "int32") => null,
        _ => $"json: cannot unmarshal {Describe(node)} into Go value of type int32",
    };

    private static bool Fits(string number, string format) => format == "int32"
        ? int.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)
        : long.TryParse(number, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static string Mismatch(JsonNode node, Schema schema, string owner, DocumentPath path)
    {
        var fields = path.Fields();
        var what = $"json: cannot unmarshal {Describe(node)} into Go ";
        return fields.Length == 0
            ? $"{what}value of type {GoType(schema)}"
            : $"{what}struct field {owner[(owner.LastIndexOf('.') + 1)..]}.{fields} of type {GoType(schema)}";
    }

    /// <summary>What Go's decoder calls a value: <c>object</c>, <c>number 1.5</c>.</summary>
    public static string Describe(JsonNode? node) => node?.GetValueKind() switch
    {
        null => "null",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        _ => "number" + (long.TryParse(node.ToString(), CultureInfo.InvariantCulture, out var whole) && whole is >= int.MinValue and <= int.MaxValue ? "" : " " + node.ToJsonString()),
    };

    private static string GoType(Schema schema)
    {
        if (schema.Type == "array")
            return "[]" + GoType(schema.Items!);
        if (schema.Type == "object")
            return schema.AdditionalProperties is { } values ? "map[string]" + GoType(values) : GoName(schema.Name);
        return (schema.Type, schema.Format) switch
        {
            ("integer", "int32") => "int32",
            ("integer", _) => "int64",
            ("number", _) => "float64",
            ("boolean", _) => "bool",
            ("string", "byte") => "[]uint8",
            _ => "string",
        };
    }

    // io.k8s.api.core.v1.PodSpec is the Go type v1.PodSpec.
    private static string GoName(string schema) =>
        schema.Length == 0 ? "map[string]interface {}" : string.Join('.', schema.Split('.')[^2..]);

    private static int BadBase64(string text)
    {
        var bad = text.AsSpan().IndexOfAnyExcept("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\r\n");
        return bad < 0 ? text.Length / 4 * 4 : Encoding.UTF8.GetByteCount(text.AsSpan(0, bad));
    }
}
