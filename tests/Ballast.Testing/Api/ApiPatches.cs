using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.Testing.Api;

/// <summary>The two standard patches, for well-formed input.</summary>
internal static class ApiPatches
{
    public static JsonNode? Merge(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes)
            return patch?.DeepClone();
        var result = target as JsonObject ?? [];
        foreach (var (field, value) in changes)
        {
            if (value is null)
                result.Remove(field);
            else
                result[field] = Merge(result[field]?.DeepClone(), value);
        }
        return result;
    }

    public static JsonNode Json(JsonNode target, JsonArray operations)
    {
        foreach (var operation in operations.OfType<JsonObject>())
        {
            var path = operation.StringAt("path")!.Split('/').Skip(1).Select(p => p.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)).ToArray();
            var parent = path[..^1].Aggregate((JsonNode?)target, Child) ?? throw StatusException.BadRequest($"no such path {operation.StringAt("path")}");
            Apply(operation.StringAt("op")!, parent, path[^1], operation["value"]);
        }
        return target;
    }

    private static JsonNode? Child(JsonNode? node, string part) => node switch
    {
        JsonArray list => list[int.Parse(part, CultureInfo.InvariantCulture)],
        JsonObject item => item[part],
        _ => null,
    };

    private static void Apply(string op, JsonNode parent, string part, JsonNode? value)
    {
        if (op == "test")
        {
            if (!JsonNode.DeepEquals(Child(parent, part), value))
                throw StatusException.Conflict(new("", ""), "", "the server rejected our request due to an error in our request: testing path failed");
        }
        else if (parent is JsonArray list)
        {
            if (op is "remove" or "replace")
                list.RemoveAt(int.Parse(part, CultureInfo.InvariantCulture));
            if (op != "remove")
                list.Insert(part == "-" ? list.Count : int.Parse(part, CultureInfo.InvariantCulture), value?.DeepClone());
        }
        else if (op == "remove")
            ((JsonObject)parent).Remove(part);
        else
            ((JsonObject)parent)[part] = value?.DeepClone();
    }
}
