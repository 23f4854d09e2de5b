using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Patches;

/// <summary>
/// <c>application/strategic-merge-patch+json</c>: a merge patch that knows which lists merge by key, with directives in the patch for what a merge cannot
/// say: <c>$patch</c>, <c>$retainKeys</c>, <c>$setElementOrder/FIELD</c>, <c>$deleteFromPrimitiveList/FIELD</c>.
/// </summary>
public static class StrategicMergePatch
{
    /// <summary>Changes and returns <paramref name="document"/>; leaves <paramref name="patch"/> as it is.</summary>
    /// <exception cref="StatusException">BadRequest, in upstream's words.</exception>
    public static JsonObject Apply(JsonObject document, JsonObject patch, Schema schema) =>
        MergeMap(document, patch.DeepClone().AsObject(), schema);

    // Owns the patch: its parts are moved into the document.
    internal static JsonObject MergeMap(JsonObject original, JsonObject patch, Schema schema)
    {
        if (patch.TryGetPropertyValue(PatchDirectives.Patch, out var directive))
            return ApplyDirective(directive, patch);
        RetainKeys(original, patch);
        ApplyElementOrders(original, patch, schema);
        foreach (var key in patch.Select(p => p.Key).ToArray())
        {
            var value = PatchDirectives.Take(patch, key);
            if (key.StartsWith(PatchDirectives.DeleteFromPrimitiveList, StringComparison.Ordinal))
                DeletePrimitives(original, key[PatchDirectives.DeleteFromPrimitiveList.Length..], value);
            else if (value is null)
                _ = original.Remove(key);
            else
                MergeField(original, key, value, schema.Field(key) ?? Schema.Any);
        }
        return original;
    }

    private static JsonObject ApplyDirective(JsonNode? directive, JsonObject patch)
    {
        switch (directive?.ToString())
        {
            case PatchDirectives.Replace:
                _ = patch.Remove(PatchDirectives.Patch);
                return patch;
            case PatchDirectives.Delete:
                return [];
            default:
                throw StatusException.BadRequest($"unknown patch type: {directive} in map: {GoText.Of(patch)}");
        }
    }

    private static void MergeField(JsonObject original, string key, JsonNode value, Schema schema)
    {
        var replaces = schema.PatchStrategies.Contains(PatchDirectives.Replace);
        switch (original[key], value)
        {
            case (JsonObject old, JsonObject patch) when !replaces:
                var merged = MergeMap(old, patch, schema);
                if (merged != old)
                    original[key] = merged;
                break;
            case (JsonArray old, JsonArray patch) when schema.PatchStrategies.Contains(PatchDirectives.Merge):
                original[key] = StrategicList.Merge(old, patch, schema);
                break;
            case (JsonArray, JsonArray) or (JsonObject, JsonObject):
                original[key] = value;
                break;
            default:
                original[key] = PatchDirectives.Drop(value);
                break;
        }
    }

    private static void RetainKeys(JsonObject original, JsonObject patch)
    {
        if (!patch.ContainsKey(PatchDirectives.RetainKeys))
            return;
        var invalid = StatusException.BadRequest("invalid patch format of retainKeys");
        if (PatchDirectives.Take(patch, PatchDirectives.RetainKeys) is not JsonArray list)
            throw invalid;
        var retained = list.Select(v => v?.ToString() ?? "").ToHashSet();
        foreach (var (key, value) in patch)
        {
            if (value is not null && !PatchDirectives.IsParallelList(key) && !retained.Contains(key))
                throw invalid;
        }
        foreach (var key in original.Select(p => p.Key).Where(k => !retained.Contains(k)).ToArray())
            _ = original.Remove(key);
    }

    private static void ApplyElementOrders(JsonObject original, JsonObject patch, Schema schema)
    {
        foreach (var directive in patch.Select(p => p.Key).Where(k => k.StartsWith(PatchDirectives.SetElementOrder, StringComparison.Ordinal)).ToArray())
        {
            var key = directive[PatchDirectives.SetElementOrder.Length..];
            if (PatchDirectives.Take(patch, directive) is not JsonArray order || key.Length == 0)
                throw StatusException.BadRequest("invalid patch format of setElementOrder list");
            var list = schema.Field(key) ?? Schema.Any;
            var change = patch[key] is JsonArray ? (JsonArray)PatchDirectives.Take(patch, key)! : null;
            var old = original[key] as JsonArray;
            if (change is not null)
                StrategicList.CheckOrder(change, order, list.PatchMergeKey);
            var before = (JsonArray?)old?.DeepClone() ?? [];
            var merged = (old, change) switch
            {
                (null, null) => null,
                ({ } kept, null) => kept,
                (null, { } added) => PatchDirectives.Drop(added) as JsonArray,
                _ when list.PatchStrategies.Contains(PatchDirectives.Merge) => StrategicList.Merge(old!, change!, list),
                _ => change,
            };
            if (merged is not null)
                original[key] = StrategicList.Order(merged, order, before, list.PatchMergeKey);
        }
    }

    private static void DeletePrimitives(JsonObject original, string key, JsonNode? values)
    {
        if (key.Length == 0 || values is not JsonArray gone)
            throw StatusException.BadRequest("invalid patch format of primitive list");
        if (original[key] is not JsonArray list)
            return;
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (gone.Any(v => JsonNode.DeepEquals(v, list[i])))
                list.RemoveAt(i);
        }
    }
}
