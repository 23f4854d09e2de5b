using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>The fields a document has, by its schema: what an apply with that document claims.</summary>
internal static class TypedFields
{
    public static FieldSet Of(JsonObject document, Schema schema) => OfValue(document, schema, isMember: false);

    private static FieldSet OfValue(JsonNode? value, Schema schema, bool isMember)
    {
        switch (value)
        {
            case JsonObject map when !schema.IsAtomic || schema.IsList:
                return OfMap(map, schema, isMember);
            case JsonArray list when !schema.IsAtomic && schema.IsList:
                return OfList(list, schema, isMember);
            default:
                return FieldSet.Leaf;
        }
    }

    private static FieldSet OfMap(JsonObject map, Schema schema, bool isMember)
    {
        Dictionary<string, FieldSet> children = new(map.Count);
        foreach (var (name, value) in map)
        {
            var field = schema.Field(name) ?? Schema.Any;
            // A named field is claimed with what is in it; an entry of a map, and what is empty, by itself.
            var byItself = !schema.Properties.ContainsKey(name) || value is JsonObject { Count: 0 };
            var set = OfValue(value, field, byItself);
            if (!set.IsEmpty)
                children.Add(FieldStep.Field(name), set);
        }
        return children.Count == 0 ? (isMember ? FieldSet.Leaf : FieldSet.Empty) : new(isMember, children);
    }

    private static FieldSet OfList(JsonArray list, Schema schema, bool isMember)
    {
        Dictionary<string, FieldSet> children = new(list.Count);
        foreach (var item in list)
        {
            if (FieldStep.Item(schema, item) is { } step)
                children[step] = OfValue(item, schema.Items ?? Schema.Any, isMember: true);
        }
        return children.Count == 0 ? (isMember ? FieldSet.Leaf : FieldSet.Empty) : new(isMember, children);
    }
}
