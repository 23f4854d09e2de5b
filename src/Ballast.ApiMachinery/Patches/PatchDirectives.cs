using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Patches;

/// <summary>The keys and values in a strategic merge patch that are not data.</summary>
internal static class PatchDirectives
{
    public const string Patch = "$patch";
    public const string Delete = "delete";
    public const string Replace = "replace";
    public const string Merge = "merge";
    public const string RetainKeys = "$retainKeys";
    public const string SetElementOrder = "$setElementOrder/";
    public const string DeleteFromPrimitiveList = "$deleteFromPrimitiveList/";

    public static bool IsParallelList(string key) =>
        key.StartsWith(SetElementOrder, StringComparison.Ordinal) || key.StartsWith(DeleteFromPrimitiveList, StringComparison.Ordinal);

    /// <summary>The value without a parent, so that it can move.</summary>
    public static JsonNode? Take(JsonObject from, string key)
    {
        var value = from[key];
        _ = from.Remove(key);
        return value;
    }

    /// <summary>
    /// A patch's value as data, for where there is nothing yet to merge it with: without directives, without what they delete, without nulls. Null where nothing is left
    /// of it.
    /// </summary>
    public static JsonNode? Drop(JsonNode? value)
    {
        switch (value)
        {
            case JsonObject map:
                if (map[Patch]?.ToString() == Delete)
                    return null;
                foreach (var key in map.Select(p => p.Key).ToArray())
                {
                    var kept = Take(map, key);
                    if (key is Patch or RetainKeys || IsParallelList(key) || kept is null)
                        continue;
                    if (Drop(kept) is { } data)
                        map[key] = data;
                }
                return map;
            case JsonArray list:
                var items = list.ToArray();
                list.Clear();
                foreach (var item in items)
                {
                    if (item is JsonObject special && special.ContainsKey(Patch) && special[Patch]?.ToString() is Delete or Replace)
                        continue;
                    list.Add(item is JsonObject or JsonArray ? Drop(item) : item);
                }
                return list;
            default:
                return value;
        }
    }
}
