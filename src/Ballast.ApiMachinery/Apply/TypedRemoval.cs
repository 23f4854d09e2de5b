using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>Removes the fields that a manager gives up and nobody else has.</summary>
internal static class TypedRemoval
{
    /// <param name="document">Changed.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="given">What the manager had.</param>
    /// <param name="kept">What any manager, the giver included, has now.</param>
    public static void Remove(JsonObject document, Schema schema, FieldSet given, FieldSet kept) => RemoveFromMap(document, schema, given, kept, []);

    private static void RemoveFromMap(JsonObject map, Schema schema, FieldSet given, FieldSet kept, IReadOnlyList<string> keys)
    {
        foreach (var (step, theirs) in given.Children)
        {
            var name = step[2..];
            // What names a list's item stays as long as the item does.
            if (!step.StartsWith("f:", StringComparison.Ordinal) || keys.Contains(name) || !map.TryGetPropertyValue(name, out var value))
                continue;
            var stays = kept.Child(step);
            if (RemoveFrom(value, schema.Field(name) ?? Schema.Any, theirs, stays))
                _ = map.Remove(name);
        }
    }

    private static void RemoveFromList(JsonArray list, Schema schema, FieldSet given, FieldSet kept)
    {
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (FieldStep.Item(schema, list[i]) is not { } step || given.Child(step) is not { } theirs)
                continue;
            var stays = kept.Child(step);
            if (stays is null or { IsEmpty: true })
                list.RemoveAt(i);
            else if (list[i] is JsonObject map)
                RemoveFromMap(map, schema.Items ?? Schema.Any, theirs, stays, schema.ListMapKeys);
        }
    }

    // True where the value itself goes: it was given up as a whole, or nothing is left in it that anyone asked for.
    private static bool RemoveFrom(JsonNode? value, Schema schema, FieldSet given, FieldSet? kept)
    {
        switch (value)
        {
            case JsonObject map when given.Children.Count > 0:
                RemoveFromMap(map, schema, given, kept ?? FieldSet.Empty, []);
                return map.Count == 0 && (kept is null or { IsEmpty: true });
            case JsonArray list when given.Children.Count > 0 && schema.IsList && !schema.IsAtomic:
                RemoveFromList(list, schema, given, kept ?? FieldSet.Empty);
                return list.Count == 0 && (kept is null or { IsEmpty: true });
            default:
                return kept is null or { IsEmpty: true };
        }
    }
}
