using System.Text.RegularExpressions;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.ApiExtensions;

/// <summary>Checks the keywords of every schema in an <c>openAPIV3Schema</c>, wherever it stands: what is supported, and what goes with what.</summary>
internal static class SchemaKeywords
{
    private static readonly string[] Unsupported = ["id", "$schema", "$ref", "definitions", "dependencies", "patternProperties", "additionalItems"];

    public static void Check(Field schema)
    {
        foreach (var keyword in Unsupported.Where(k => !schema[k].IsEmpty))
            schema[keyword].Forbidden($"{keyword} is not supported");
        CheckType(schema["type"]);
        CheckPattern(schema["pattern"]);
        CheckRules(schema["x-kubernetes-validations"]);
        if (schema["uniqueItems"].IsTrue)
            schema["uniqueItems"].Forbidden("uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        if (schema["additionalProperties"] is { IsPresent: true } additional && !schema["properties"].IsEmpty && !additional.IsTrue)
            additional.Forbidden("additionalProperties and properties are mutual exclusive");
        if (schema["items"].Value is System.Text.Json.Nodes.JsonArray)
            schema["items"].Forbidden("items must be a schema object and not an array");
        if (schema["x-kubernetes-preserve-unknown-fields"] is { IsPresent: true, IsTrue: false } preserve)
            preserve.Invalid("must be true or undefined");
        CheckListType(schema);
        CheckMapType(schema);
        foreach (var below in Below(schema))
            Check(below);
    }

    private static IEnumerable<Field> Below(Field schema)
    {
        foreach (var (_, property) in schema["properties"].Entries)
            yield return property;
        foreach (var single in (string[])["additionalProperties", "items", "not"])
        {
            if (schema[single].Object is not null)
                yield return schema[single];
        }
        foreach (var part in ((string[])["allOf", "anyOf", "oneOf"]).SelectMany(list => schema[list].Items))
            yield return part;
    }

    private static void CheckType(Field type)
    {
        if (type.Text == "null")
            type.Forbidden("type cannot be set to null, use nullable as an alternative");
        else
            type.OneOf("array", "boolean", "integer", "number", "object", "string");
    }

    private static void CheckPattern(Field pattern)
    {
        if (pattern.IsEmpty)
            return;
        try
        {
            _ = new Regex(pattern.Text, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (Exception failure) when (failure is ArgumentException or NotSupportedException)
        {
            pattern.Invalid($"must be a valid regular expression, but isn't: {failure.Message}");
        }
    }

    // A rule that is not enforced would let through what its author relies on being refused.
    private static void CheckRules(Field rules)
    {
        if (!rules.IsEmpty)
            rules.Forbidden("CEL validation rules are not supported by this server yet");
    }

    private static void CheckListType(Field schema)
    {
        var (listType, keys, items) = (schema["x-kubernetes-list-type"], schema["x-kubernetes-list-map-keys"], schema["items"]);
        if (!listType.IsPresent)
        {
            if (!keys.IsEmpty)
                listType.Missing("must be map if x-kubernetes-list-map-keys is non-empty");
            return;
        }
        listType.OneOf("atomic", "set", "map");
        if (schema["type"].IsEmpty)
            schema["type"].Missing("must be array if x-kubernetes-list-type is specified");
        else if (schema["type"].Text != "array")
            schema["type"].Invalid("must be array if x-kubernetes-list-type is specified");
        if (!keys.IsEmpty && listType.Text != "map")
            listType.Invalid("must be map if x-kubernetes-list-map-keys is non-empty");
        if (listType.Text is "set" or "map" && items.Object is null)
            items.Missing($"must have a schema if x-kubernetes-list-type is {listType.Text}");
        else if (listType.Text == "set")
            CheckSetItems(items);
        else if (listType.Text == "map")
            CheckMapItems(keys, items);
    }

    private static void CheckSetItems(Field items)
    {
        if (items["nullable"].IsTrue)
            items["nullable"].Forbidden("cannot be nullable when x-kubernetes-list-type is set");
        if (items["type"].Text == "object" && items["x-kubernetes-map-type"].Text != "atomic")
            items["x-kubernetes-map-type"].Invalid("must be atomic as item of a list with x-kubernetes-list-type=set");
        if (items["type"].Text == "array" && items["x-kubernetes-list-type"].Text is not ("" or "atomic"))
            items["x-kubernetes-list-type"].Invalid("must be atomic as item of a list with x-kubernetes-list-type=set");
    }

    private static void CheckMapItems(Field keys, Field items)
    {
        if (keys.IsEmpty)
            keys.Missing("must not be empty if x-kubernetes-list-type is map");
        if (items["type"].IsEmpty)
            items["type"].Missing("must be object if parent array's x-kubernetes-list-type is map");
        else if (items["type"].Text != "object")
            items["type"].Invalid("must be object if parent array's x-kubernetes-list-type is map");
        if (items["nullable"].IsTrue)
            items["nullable"].Forbidden("cannot be nullable when x-kubernetes-list-type is map");
        var required = items["required"].Items.Select(r => r.Text).ToHashSet();
        var seen = new HashSet<string>();
        foreach (var key in keys.Items)
        {
            if (!seen.Add(key.Text))
                keys.Invalid("must not contain duplicate entries");
            var property = items["properties"][key.Text].At(items.Path.Child("properties").Key(key.Text));
            if (!property.IsPresent)
                key.Invalid("must be the name of an item property");
            else if (property["type"].Text is "object" or "array")
                property["type"].Invalid("must be a scalar type if parent array's x-kubernetes-list-type is map");
            else if (!required.Contains(key.Text) && !property["default"].IsPresent)
                property["default"].Missing("this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
        }
    }

    private static void CheckMapType(Field schema)
    {
        var mapType = schema["x-kubernetes-map-type"];
        if (!mapType.IsPresent)
            return;
        mapType.OneOf("atomic", "granular");
        if (schema["type"].IsEmpty)
            schema["type"].Missing("must be object if x-kubernetes-map-type is specified");
        else if (schema["type"].Text != "object")
            schema["type"].Invalid("must be object if x-kubernetes-map-type is specified");
    }
}
