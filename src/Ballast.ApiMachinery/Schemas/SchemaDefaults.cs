using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>Fills in the defaults of a CRD's schema. Built-in kinds have theirs in their strategies.</summary>
public static class SchemaDefaults
{
    /// <summary>Sets what is absent, or null where the schema does not allow null; such a null without a default is taken out. A default is a whole value: what is in it gets its own defaults too.</summary>
    public static void Apply(JsonObject document, Schema schema) => Fill(document, schema);

    private static void Fill(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, field) in schema.Properties)
                {
                    var isNull = map.TryGetPropertyValue(name, out var found) && found is null;
                    if (found is not null || (isNull && field.Nullable))
                        continue;
                    if (field.Default is { } byDefault)
                        map[name] = byDefault.DeepClone();
                    else if (isNull)
                        _ = map.Remove(name);
                }
                foreach (var (name, child) in map)
                {
                    if (child is JsonObject or JsonArray && schema.Field(name) is { } known)
                        Fill(child, known);
                }
                break;
            case JsonArray list when schema.Items is { } items:
                foreach (var item in list)
                    Fill(item, items);
                break;
        }
    }
}
