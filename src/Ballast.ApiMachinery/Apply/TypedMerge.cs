using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>Lays an applied document over a live one: its fields win, maps and keyed lists merge, what is atomic is replaced.</summary>
internal static class TypedMerge
{
    /// <summary>A new document; neither argument is changed.</summary>
    public static JsonObject Merge(JsonObject live, JsonObject applied, Schema schema) => MergeMaps(live, applied, schema);

    private static JsonNode? MergeValues(JsonNode? live, JsonNode? applied, Schema schema) => (live, applied) switch
    {
        (JsonObject l, JsonObject a) when !schema.IsAtomic || schema.IsList => MergeMaps(l, a, schema),
        (JsonArray l, JsonArray a) when schema.IsList && !schema.IsAtomic => MergeLists(l, a, schema),
        _ => applied?.DeepClone(),
    };

    private static JsonObject MergeMaps(JsonObject live, JsonObject applied, Schema schema)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in live)
            merged[name] = applied.TryGetPropertyValue(name, out var over) ? MergeValues(value, over, schema.Field(name) ?? Schema.Any) : value?.DeepClone();
        foreach (var (name, value) in applied)
        {
            if (!live.ContainsKey(name))
                merged[name] = value?.DeepClone();
        }
        return merged;
    }

    // The applied items in their order; the others where they stood between them.
    private static JsonArray MergeLists(JsonArray live, JsonArray applied, Schema schema)
    {
        var items = schema.Items ?? Schema.Any;
        var left = live.Select(i => (Step: FieldStep.Item(schema, i) ?? "", Item: i)).ToArray();
        var right = applied.Select(i => (Step: FieldStep.Item(schema, i) ?? "", Item: i)).ToArray();
        var leftBy = left.DistinctBy(l => l.Step).ToDictionary(l => l.Step, l => l.Item);
        var rightSteps = right.Select(r => r.Step).ToHashSet();
        var shared = new Queue<string>(right.Select(r => r.Step).Where(leftBy.ContainsKey));
        HashSet<string> merged = [];
        var result = new JsonArray();
        var (l, r) = (0, 0);
        while (l < left.Length || r < right.Length)
        {
            if (l < left.Length && r < right.Length && left[l].Step != right[r].Step
                && rightSteps.Contains(left[l].Step) && shared.TryPeek(out var next) && next != left[l].Step)
            {
                // The applied order has another item first; this one comes when its turn does.
                l++;
                continue;
            }
            if (l < left.Length && !rightSteps.Contains(left[l].Step))
            {
                result.Add(left[l++].Item?.DeepClone());
                continue;
            }
            if (l < left.Length && (merged.Contains(left[l].Step) || (r < right.Length && left[l].Step == right[r].Step)))
                l++;
            if (r == right.Length)
                continue;
            var (step, item) = right[r++];
            _ = merged.Add(step);
            result.Add(leftBy.TryGetValue(step, out var under) ? MergeValues(under, item, items) : item?.DeepClone());
            if (shared.TryPeek(out var expected) && expected == step)
                _ = shared.Dequeue();
        }
        return result;
    }
}
