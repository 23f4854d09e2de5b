using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>What tells the items of list sets and list maps apart: the item itself, or its keys. No two may be the same.</summary>
internal static class ListIdentities
{
    public static void Check(JsonNode? value, Schema schema, FieldPath path, List<FieldError> errors)
    {
        if (value is JsonObject map)
        {
            foreach (var (name, field) in map)
            {
                if (schema.Field(name) is { } known)
                    Check(field, known, path.Child(name), errors);
            }
        }
        if (value is not JsonArray list)
            return;
        CheckItems(list, schema, path, errors);
        for (var i = 0; i < list.Count && schema.Items is { } items; i++)
            Check(list[i], items, path.Index(i), errors);
    }

    /// <summary>An item's identity; null where it has none.</summary>
    public static JsonNode? Of(JsonNode? item, Schema list)
    {
        if (list.ListType == "set")
            return item;
        if (list.ListType != "map" || item is not JsonObject map)
            return null;
        var keys = new JsonObject();
        foreach (var key in list.ListMapKeys)
            keys[key] = (map[key] ?? list.Items?.Field(key)?.Default)?.DeepClone();
        return keys;
    }

    private static void CheckItems(JsonArray list, Schema schema, FieldPath path, List<FieldError> errors)
    {
        if (schema.ListType is not ("set" or "map"))
            return;
        HashSet<string> seen = [];
        for (var i = 0; i < list.Count; i++)
        {
            if (Of(list[i], schema) is { } identity && !seen.Add(identity.ToJsonString()))
                errors.Add(FieldError.Duplicate(path.Index(i), identity));
        }
    }
}
