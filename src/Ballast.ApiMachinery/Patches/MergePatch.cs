using System.Text.Json.Nodes;

namespace Ballast.ApiMachinery.Patches;

/// <summary>RFC 7386, <c>application/merge-patch+json</c>.</summary>
public static class MergePatch
{
    /// <summary>Changes and returns <paramref name="document"/>; takes from <paramref name="patch"/> by copy.</summary>
    public static JsonObject Apply(JsonObject document, JsonObject patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
                _ = document.Remove(name);
            else if (value is JsonObject inner)
                Merge(document, name, inner);
            else
                document[name] = value.DeepClone();
        }
        return document;
    }

    /// <summary>The smallest patch that turns <paramref name="old"/> into <paramref name="document"/>. Nulls inside the new document cannot be said by a merge patch.</summary>
    public static JsonObject Create(JsonObject old, JsonObject document)
    {
        var patch = new JsonObject();
        foreach (var (name, value) in document)
        {
            if (!old.TryGetPropertyValue(name, out var before))
                patch[name] = value?.DeepClone();
            else if (before is JsonObject beforeObject && value is JsonObject valueObject)
                AddIfAny(patch, name, Create(beforeObject, valueObject));
            else if (!JsonNode.DeepEquals(before, value))
                patch[name] = value?.DeepClone();
        }
        foreach (var (name, _) in old)
        {
            if (!document.ContainsKey(name))
                patch[name] = null;
        }
        return patch;
    }

    // Into nothing, or into something that is no object, a patch merges as into an empty object: its nulls disappear.
    private static void Merge(JsonObject document, string name, JsonObject patch)
    {
        if (document[name] is not JsonObject target)
            document[name] = target = [];
        _ = Apply(target, patch);
    }

    private static void AddIfAny(JsonObject patch, string name, JsonObject inner)
    {
        if (inner.Count > 0)
            patch[name] = inner;
    }
}
