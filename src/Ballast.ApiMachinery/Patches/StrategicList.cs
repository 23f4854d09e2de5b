using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Patches;

/// <summary>Lists that merge: of scalars as sets, of objects by a key.</summary>
internal static class StrategicList
{
    /// <summary>Merges and orders. Both lists may lose their items to the result.</summary>
    public static JsonArray Merge(JsonArray original, JsonArray patch, Schema schema)
    {
        if (original.Count == 0 && patch.Count == 0)
            return original;
        if (original.Concat(patch).Any(v => v is JsonArray))
            throw StatusException.BadRequest("lists of lists are not supported");
        var before = (JsonArray)original.DeepClone();
        if (!original.Concat(patch).Any(v => v is JsonObject))
            return Order(MergeScalars(original, patch), patch, before, null);

        var key = schema.PatchMergeKey;
        if (string.IsNullOrEmpty(key))
            throw StatusException.BadRequest($"cannot merge lists without merge key for {schema.Items?.Name}");
        var changes = ApplySpecial(ref original, patch, key);
        before = (JsonArray)original.DeepClone();
        return Order(MergeObjects(original, changes, key, schema.Items ?? Schema.Any), changes, before, key);
    }

    /// <summary>
    /// The items of <paramref name="merged"/> that <paramref name="order"/> names, in its order, and between them the others, each where
    /// it stood relative to them in <paramref name="before"/>.
    /// </summary>
    public static JsonArray Order(JsonArray merged, JsonArray order, JsonArray before, string? mergeKey)
    {
        var items = merged.ToArray();
        merged.Clear();
        var asked = Sorted(items.Where(i => IndexOf(order, i, mergeKey) >= 0), order, mergeKey);
        var others = Sorted(items.Where(i => IndexOf(order, i, mergeKey) < 0), before, mergeKey);
        var result = new JsonArray();
        var (o, a) = (0, 0);
        while (o < others.Length || a < asked.Length)
        {
            if (a == asked.Length || (o < others.Length && StoodBefore(others[o], asked[a])))
                result.Add(others[o++]);
            else
                result.Add(asked[a++]);
        }
        return result;

        bool StoodBefore(JsonNode? left, JsonNode? right)
        {
            var (l, r) = (IndexOf(before, left, mergeKey), IndexOf(before, right, mergeKey));
            return l >= 0 && r >= 0 && l < r;
        }
    }

    /// <summary>A patch's list must be in the order that the patch itself asks for.</summary>
    public static void CheckOrder(JsonArray patch, JsonArray order, string? mergeKey)
    {
        var at = 0;
        foreach (var item in patch.Where(p => p is not JsonObject map || map[PatchDirectives.Patch]?.ToString() is not (PatchDirectives.Delete or PatchDirectives.Replace)))
        {
            while (at < order.Count && !Same(order[at], item, mergeKey))
                at++;
            if (at++ == order.Count)
                throw StatusException.BadRequest($"The order in patch list:\n{GoText.Of(patch)}\n doesn't match $setElementOrder list:\n{GoText.Of(order)}\n");
        }
    }

    private static JsonArray MergeScalars(JsonArray original, JsonArray patch)
    {
        var merged = new JsonArray();
        foreach (var item in original.Concat(patch))
        {
            if (!merged.Any(m => JsonNode.DeepEquals(m, item)))
                merged.Add(item?.DeepClone());
        }
        return merged;
    }

    // Carries out the items that are directives and returns the others.
    private static JsonArray ApplySpecial(ref JsonArray original, JsonArray patch, string key)
    {
        var plain = new JsonArray();
        var replace = false;
        foreach (var item in patch.ToArray())
        {
            var map = item as JsonObject ?? throw StatusException.BadRequest("invalid patch: list of objects expected");
            if (!map.TryGetPropertyValue(PatchDirectives.Patch, out var directive))
            {
                _ = patch.Remove(item);
                plain.Add(item);
                continue;
            }
            switch (directive?.ToString())
            {
                case PatchDirectives.Delete:
                    Delete(original, key, KeyOf(map, key));
                    break;
                case PatchDirectives.Replace:
                    replace = true;
                    break;
                case PatchDirectives.Merge:
                    throw StatusException.BadRequest("merging lists cannot yet be specified in the patch");
                default:
                    throw StatusException.BadRequest($"unknown patch type: {directive} in map: {GoText.Of(map)}");
            }
        }
        if (!replace)
            return plain;
        original = plain;
        return [];
    }

    private static JsonArray MergeObjects(JsonArray original, JsonArray changes, string key, Schema items)
    {
        foreach (var change in changes)
        {
            var map = change!.AsObject();
            var value = KeyOf(map, key);
            var at = IndexWhere(original, o => o is JsonObject candidate && JsonNode.DeepEquals(candidate[key], value));
            if (at < 0)
            {
                original.Add(PatchDirectives.Drop(map.DeepClone()));
                continue;
            }
            var old = original[at]!.AsObject();
            var merged = StrategicMergePatch.MergeMap(old, map.DeepClone().AsObject(), items);
            if (merged != old)
                original[at] = merged;
        }
        return original;
    }

    private static void Delete(JsonArray original, string key, JsonNode? value)
    {
        for (var i = original.Count - 1; i >= 0; i--)
        {
            if (original[i] is JsonObject map && JsonNode.DeepEquals(KeyOf(map, key), value))
                original.RemoveAt(i);
        }
    }

    private static JsonNode? KeyOf(JsonObject map, string key) =>
        map.TryGetPropertyValue(key, out var value) ? value : throw StatusException.Unknown($"map: {GoText.Of(map)} does not contain declared merge key: {key}");

    private static JsonNode?[] Sorted(IEnumerable<JsonNode?> items, JsonArray order, string? mergeKey) =>
        [.. items.OrderBy(i => IndexOf(order, i, mergeKey) is >= 0 and var at ? at : int.MaxValue)];

    private static int IndexOf(JsonArray list, JsonNode? item, string? mergeKey) => IndexWhere(list, other => Same(other, item, mergeKey));

    private static bool Same(JsonNode? left, JsonNode? right, string? mergeKey) =>
        mergeKey is not null && left is JsonObject l && right is JsonObject r ? JsonNode.DeepEquals(l[mergeKey], r[mergeKey]) : JsonNode.DeepEquals(left, right);

    private static int IndexWhere(JsonArray list, Predicate<JsonNode?> match)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (match(list[i]))
                return i;
        }
        return -1;
    }
}
