using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.ApiExtensions;

/// <summary>
/// Holds an <c>openAPIV3Schema</c> to upstream's rules for structural schemas: every value's type is said once, outside of <c>allOf</c>, <c>anyOf</c>, <c>oneOf</c> and
/// <c>not</c>, so that pruning, defaulting and merging know what they look at.
/// </summary>
internal static class StructuralSchema
{
    private static readonly string[] Combinations = ["allOf", "anyOf", "oneOf"];

    public static void Check(Field schema)
    {
        SchemaKeywords.Check(schema);
        CheckStructure(schema, "must not be empty at the root", isRoot: true);
        if (schema.Errors.Count == 0)
            CheckDefaults(schema);
    }

    /// <param name="schema">A schema that is part of the structure.</param>
    /// <param name="typeMissing">What is said where it has no type.</param>
    /// <param name="isRoot">Is it the object itself?</param>
    private static void CheckStructure(Field schema, string typeMissing, bool isRoot)
    {
        CheckType(schema, typeMissing, isRoot);
        if (isRoot || Flag(schema, "embedded-resource"))
            CheckEnvelope(schema);
        CheckCombinations(schema, schema, isIntOrString: Flag(schema, "int-or-string"));
        foreach (var (_, property) in schema["properties"].Entries)
            CheckStructure(property, "must not be empty for specified object fields", isRoot: false);
        if (schema["additionalProperties"] is { Object: not null } values)
            CheckStructure(values, "must not be empty for specified object fields", isRoot: false);
        if (schema["items"] is { Object: not null } items)
            CheckStructure(items, "must not be empty for specified array items", isRoot: false);
    }

    private static void CheckType(Field schema, string typeMissing, bool isRoot)
    {
        var type = schema["type"];
        var (embedded, intOrString, preserve) = (Flag(schema, "embedded-resource"), Flag(schema, "int-or-string"), Flag(schema, "preserve-unknown-fields"));
        if (intOrString && embedded)
            schema["x-kubernetes-embedded-resource"].Invalid("must be false if x-kubernetes-int-or-string is true");
        if (intOrString && preserve)
            schema["x-kubernetes-preserve-unknown-fields"].Invalid("must be false if x-kubernetes-int-or-string is true");
        if (embedded && type.Text != "object")
            MissingOrWrong(type, "must be object if x-kubernetes-embedded-resource is true");
        else if (type.Text.Length == 0 && (isRoot || !(intOrString || preserve)))
            type.Missing(typeMissing);
        else if (isRoot && type.Text != "object")
            type.Invalid("must be object at the root");
        else if (intOrString && type.Text.Length > 0)
            type.Invalid("must be empty if x-kubernetes-int-or-string is true");
        if (embedded && schema["additionalProperties"].IsPresent)
            schema["additionalProperties"].Forbidden("must not be used if x-kubernetes-embedded-resource is set");
        if (embedded && !preserve && schema["properties"].IsEmpty)
            schema["properties"].Missing("must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
    }

    /// <summary>What every object has is implied; a schema may only narrow names.</summary>
    private static void CheckEnvelope(Field schema)
    {
        foreach (var (name, property) in schema["properties"].Entries)
        {
            if (name is "kind" or "apiVersion" && property["type"].Text != "string")
                property["type"].Invalid("must be string");
            if (name != "metadata")
                continue;
            if (property["type"].Text != "object")
                property["type"].Invalid("must be object");
            if (property["properties"].Entries.Any(e => e.Key is not ("name" or "generateName")) || property["additionalProperties"].IsPresent)
                property.Forbidden("must not specify anything other than name and generateName, but metadata is implicitly specified");
        }
    }

    /// <param name="schema">The schema that holds the combinations.</param>
    /// <param name="structure">The structural schema of the same value, which has to say all that they speak of.</param>
    /// <param name="isIntOrString">Then the one pattern that names both types is allowed.</param>
    private static void CheckCombinations(Field schema, Field structure, bool isIntOrString)
    {
        foreach (var combination in Combinations)
        {
            foreach (var part in schema[combination].Items)
                CheckNested(part, structure, isIntOrString);
        }
        if (schema["not"].IsPresent)
            CheckNested(schema["not"], structure, isIntOrString: false);
    }

    private static void CheckNested(Field nested, Field structure, bool isIntOrString)
    {
        if (!nested["type"].IsEmpty && !(isIntOrString && nested["type"].Text is "integer" or "string"))
            nested["type"].Forbidden("must be empty to be structural");
        foreach (var field in (ReadOnlySpan<string>)["title", "description"])
            if (!nested[field].IsEmpty)
                nested[field].Forbidden("must be empty to be structural");
        foreach (var field in (ReadOnlySpan<string>)["default", "additionalProperties", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"])
            if (nested[field].IsPresent)
                nested[field].Forbidden("must be undefined to be structural");
        foreach (var field in (ReadOnlySpan<string>)["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"])
            if (nested[field].IsTrue)
                nested[field].Forbidden("must be false to be structural");

        foreach (var (name, property) in nested["properties"].Entries)
        {
            if (name == "metadata")
                property.Forbidden("must not be specified in a nested context");
            var known = structure["properties"][name].At(structure.Path.Child("properties").Key(name));
            if (known.IsPresent)
                CheckNested(property, known, Flag(known, "int-or-string"));
            else if (structure["additionalProperties"].Object is null && !Flag(structure, "preserve-unknown-fields"))
                known.Missing($"because it is defined in {property.Path}");
        }
        if (nested["items"].IsPresent)
        {
            if (structure["items"].IsPresent)
                CheckNested(nested["items"], structure["items"], Flag(structure["items"], "int-or-string"));
            else
                structure["items"].Missing($"because it is defined in {nested["items"].Path}");
        }
        CheckCombinations(nested, structure, isIntOrString);
    }

    private static void CheckDefaults(Field schema)
    {
        if (schema["default"] is { IsPresent: true } value)
        {
            var read = SchemaReader.Read(schema.Object!);
            foreach (var error in SchemaValidator.Validate(value.Value, read, value.Path))
                value.Add(error);
            if (value.Value is JsonObject map && UnknownFields.Prune(map.DeepClone().AsObject(), new Schema { Type = "object", Properties = read.Properties, AdditionalProperties = read.AdditionalProperties, PreserveUnknownFields = read.PreserveUnknownFields }))
                value.Invalid("must be unchanged after pruning");
        }
        foreach (var (_, property) in schema["properties"].Entries)
            CheckDefaults(property);
        if (schema["additionalProperties"] is { Object: not null } values)
            CheckDefaults(values);
        if (schema["items"] is { Object: not null } items)
            CheckDefaults(items);
    }

    private static void MissingOrWrong(Field field, string what)
    {
        if (field.IsEmpty)
            field.Missing(what);
        else
            field.Invalid(what);
    }

    private static bool Flag(Field schema, string extension) => schema["x-kubernetes-" + extension].IsTrue;
}
