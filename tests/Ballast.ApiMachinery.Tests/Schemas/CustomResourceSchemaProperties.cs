using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Schemas;

/// <summary>Whatever the schema and whatever the object: pruning and defaulting done again change nothing more.</summary>
public sealed class CustomResourceSchemaProperties
{
    private static readonly string[] Names = ["a", "b", "c", "d"];
    private static readonly string[] Scalars = ["null", "1", "\"s\"", "true"];
    private static readonly Gen<string> Name = Gen.Int[0, Names.Length - 1].Select(i => Names[i]);

    [Fact]
    public void Pruning_twice_is_pruning_once() => Cases.Sample((schema, document) =>
    {
        var once = document.DeepClone().AsObject();
        _ = UnknownFields.Prune(once, schema);
        var twice = once.DeepClone().AsObject();
        return !UnknownFields.Prune(twice, schema) && JsonNode.DeepEquals(once, twice) && UnknownFields.Find(twice, schema).Count == 0;
    });

    [Fact]
    public void Defaulting_twice_is_defaulting_once() => Cases.Sample((schema, document) =>
    {
        var once = document.DeepClone().AsObject();
        SchemaDefaults.Apply(once, schema);
        var twice = once.DeepClone().AsObject();
        SchemaDefaults.Apply(twice, schema);
        return JsonNode.DeepEquals(once, twice);
    });

    [Fact]
    public void Defaults_that_the_schema_knows_are_not_pruned() => Cases.Sample((schema, document) =>
    {
        var read = document.DeepClone().AsObject();
        _ = UnknownFields.Prune(read, schema);
        SchemaDefaults.Apply(read, schema);
        return !UnknownFields.Prune(read.DeepClone().AsObject(), schema);
    });

    private static Gen<(Schema, JsonObject)> Cases => Gen.Select(ObjectSchema(3), Document(3), (schema, document) =>
        (SchemaReader.ReadCustomResource(JsonNode.Parse(schema)!.AsObject()), JsonNode.Parse(document)!.AsObject()));

    private static Gen<string> ObjectSchema(int depth) =>
        Gen.Select(Gen.Dictionary(Name, AnySchema(depth - 1))[0, 3], Gen.Bool, (properties, preserve) =>
            "{\"type\":\"object\"," + (preserve ? "\"x-kubernetes-preserve-unknown-fields\":true," : "") + $"\"properties\":{{{Fields(properties)}}}}}");

    private static Gen<string> AnySchema(int depth)
    {
        var text = Gen.Select(Gen.Bool, Gen.Bool, (nullable, hasDefault) => $$"""{"type":"string","nullable":{{(nullable ? "true" : "false")}}{{(hasDefault ? ",\"default\":\"x\"" : "")}}}""");
        if (depth == 0)
            return text;
        return Gen.OneOf(
            text,
            ObjectSchema(depth),
            AnySchema(depth - 1).Select(items => $$"""{"type":"array","items":{{items}}}"""),
            AnySchema(depth - 1).Select(values => $$"""{"type":"object","additionalProperties":{{values}}}"""));
    }

    private static Gen<string> Document(int depth) => Gen.Dictionary(Name, Value(depth - 1))[0, 3].Select(fields => $"{{{Fields(fields)}}}");

    private static Gen<string> Value(int depth)
    {
        var scalar = Gen.Int[0, Scalars.Length - 1].Select(i => Scalars[i]);
        return depth == 0 ? scalar : Gen.OneOf(scalar, Document(depth), Value(depth - 1).List[0, 3].Select(items => $"[{string.Join(',', items)}]"));
    }

    private static string Fields(IDictionary<string, string> fields) => string.Join(',', fields.Select(f => $"\"{f.Key}\":{f.Value}"));
}
