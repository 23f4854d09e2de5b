using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Apply;

/// <summary>How two documents differ, field by field.</summary>
/// <param name="Changed">What the new one has and the old one does not, or has with another value.</param>
/// <param name="Removed">What only the old one has.</param>
internal sealed record Comparison(FieldSet Changed, FieldSet Removed)
{
    public bool IsSame => Changed.IsEmpty && Removed.IsEmpty;

    public static Comparison Of(JsonObject old, JsonObject document, Schema schema)
    {
        var (changed, removed) = Compare(old, document, schema);
        return new(changed ?? FieldSet.Empty, removed ?? FieldSet.Empty);
    }

    /// <summary>Without these fields; what is below them counts.</summary>
    public Comparison Except(FieldSet fields) => new(Changed.Difference(fields), Removed.Difference(fields));

    /// <summary>Without these fields and all that is below them.</summary>
    public Comparison Without(FieldSet ignored) => new(Changed.RecursiveDifference(ignored), Removed.RecursiveDifference(ignored));

    // Null is the empty set: most of two documents is alike, and nothing is made for it.
    private static (FieldSet? Changed, FieldSet? Removed) Compare(JsonNode? old, JsonNode? value, Schema schema) => (old, value) switch
    {
        (JsonObject o, JsonObject n) when !schema.IsAtomic || schema.IsList => CompareMaps(o, n, schema),
        (JsonArray o, JsonArray n) when schema.IsList && !schema.IsAtomic => CompareLists(o, n, schema),
        _ => JsonNode.DeepEquals(old, value) ? (null, null)
            : value is JsonObject or JsonArray && old is null ? (All(value, schema, isMember: false), null)
            : (FieldSet.Leaf, null),
    };

    private static (FieldSet?, FieldSet?) CompareMaps(JsonObject old, JsonObject value, Schema schema)
    {
        var (changed, removed) = (new Branch(), new Branch());
        foreach (var (name, after) in value)
        {
            var field = schema.Field(name) ?? Schema.Any;
            if (!old.TryGetPropertyValue(name, out var before))
            {
                changed.Add(FieldStep.Field(name), All(after, field, isMember: true));
                continue;
            }
            var (c, r) = Compare(before, after, field);
            changed.Add(FieldStep.Field(name), c);
            removed.Add(FieldStep.Field(name), r);
        }
        foreach (var (name, before) in old)
        {
            if (!value.ContainsKey(name))
                removed.Add(FieldStep.Field(name), All(before, schema.Field(name) ?? Schema.Any, isMember: true));
        }
        return (changed.ToSet(), removed.ToSet());
    }

    private static (FieldSet?, FieldSet?) CompareLists(JsonArray old, JsonArray value, Schema schema)
    {
        var (changed, removed) = (new Branch(), new Branch());
        var items = schema.Items ?? Schema.Any;
        var before = Index(old, schema);
        var after = Index(value, schema);
        foreach (var (step, item) in after)
        {
            if (!before.TryGetValue(step, out var was))
            {
                changed.Add(step, All(item, items, isMember: true));
                continue;
            }
            var (c, r) = Compare(was, item, items);
            changed.Add(step, c);
            removed.Add(step, r);
        }
        foreach (var (step, item) in before)
        {
            if (!after.ContainsKey(step))
                removed.Add(step, All(item, items, isMember: true));
        }
        return (changed.ToSet(), removed.ToSet());
    }

    // A value that is new, or gone, is so with every field in it.
    private static FieldSet All(JsonNode? value, Schema schema, bool isMember)
    {
        var children = new Branch();
        if (value is JsonObject map && (!schema.IsAtomic || schema.IsList))
        {
            foreach (var (name, child) in map)
                children.Add(FieldStep.Field(name), All(child, schema.Field(name) ?? Schema.Any, isMember: true));
        }
        else if (value is JsonArray list && schema.IsList && !schema.IsAtomic)
        {
            foreach (var (step, child) in Index(list, schema))
                children.Add(step, All(child, schema.Items ?? Schema.Any, isMember: true));
        }
        else
        {
            return FieldSet.Leaf;
        }
        return children.ToSet(isMember) ?? (isMember ? FieldSet.Leaf : FieldSet.Empty);
    }

    private static Dictionary<string, JsonNode?> Index(JsonArray list, Schema schema)
    {
        Dictionary<string, JsonNode?> index = new(list.Count);
        foreach (var item in list)
        {
            if (FieldStep.Item(schema, item) is { } step)
                _ = index.TryAdd(step, item);
        }
        return index;
    }

    private struct Branch
    {
        private Dictionary<string, FieldSet>? _children;

        public void Add(string step, FieldSet? set)
        {
            if (set is { IsEmpty: false })
                (_children ??= []).Add(step, set);
        }

        public readonly FieldSet? ToSet(bool isMember = false) => _children is null ? null : new FieldSet(isMember, _children);
    }
}
