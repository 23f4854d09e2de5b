using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Schemas;

/// <summary>Fields that a schema does not know: named (field validation) or removed (pruning).</summary>
public static class UnknownFields
{
    /// <summary>One sentence a field, as field validation reports it: <c>unknown field "spec.template.spec.containers[0].imag"</c>.</summary>
    public static IReadOnlyList<string> Find(JsonObject document, Schema schema)
    {
        List<string> found = [];
        _ = Walk(document, schema, DocumentPath.Root, found, prune: false, isResource: true);
        return found;
    }

    /// <summary>Removes them. True where there were any.</summary>
    public static bool Prune(JsonObject document, Schema schema) => Walk(document, schema, DocumentPath.Root, null, prune: true, isResource: true);

    /// <summary>Removes them, and names what was removed.</summary>
    public static IReadOnlyList<string> FindAndPrune(JsonObject document, Schema schema)
    {
        List<string> found = [];
        _ = Walk(document, schema, DocumentPath.Root, found, prune: true, isResource: true);
        return found;
    }

    private static bool Walk(JsonNode? node, Schema schema, DocumentPath path, List<string>? found, bool prune, bool isResource) => node switch
    {
        JsonObject value => WalkObject(value, schema, path, found, prune, isResource || schema.EmbeddedResource),
        JsonArray list when schema.Items is { } items => WalkList(list, items, path, found, prune),
        _ => false,
    };

    private static bool WalkObject(JsonObject value, Schema schema, DocumentPath path, List<string>? found, bool prune, bool isResource)
    {
        var any = false;
        List<string>? unknown = null;
        foreach (var (name, child) in value)
        {
            var known = schema.Field(name) ?? (isResource ? Envelope(name) : null);
            if (known is not null)
            {
                any |= child is JsonObject or JsonArray && Walk(child, known, path.Child(name), found, prune, isResource: false);
                continue;
            }
            if (schema.PreserveUnknownFields)
                continue;
            found?.Add($"unknown field \"{path.Child(name)}\"");
            (unknown ??= []).Add(name);
        }
        if (unknown is null)
            return any;
        if (prune)
        {
            foreach (var name in unknown)
                _ = value.Remove(name);
        }
        return true;
    }

    private static bool WalkList(JsonArray list, Schema items, DocumentPath path, List<string>? found, bool prune)
    {
        var any = false;
        for (var i = 0; i < list.Count; i++)
            any |= list[i] is JsonObject or JsonArray && Walk(list[i], items, path.Index(i), found, prune, isResource: false);
        return any;
    }

    // CRD schemas need not spell out what every object has.
    private static Schema? Envelope(string field) => field switch
    {
        "apiVersion" or "kind" => Schema.Any,
        "metadata" => SchemaCatalog.ObjectMeta,
        _ => null,
    };
}
