using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Patches;

/// <summary>RFC 6902, <c>application/json-patch+json</c>: add, remove, replace, move, copy, test.</summary>
public static class JsonPatch
{
    private const int MaxOperations = 10_000;

    // What "copy" may add to a document: without a limit, a few operations double it to any size.
    private const int MaxCopiedBytes = 3 * 1024 * 1024;

    /// <summary>Carries out the operations in order. <paramref name="document"/> is changed; after an exception it is of no use.</summary>
    /// <exception cref="StatusException">
    /// BadRequest for what is no patch, RequestEntityTooLarge for one with too many operations, and upstream's one answer, Unprocessable, for one that does
    /// not fit the document or whose test fails.
    /// </exception>
    public static JsonObject Apply(JsonObject document, JsonNode? patch)
    {
        if (patch is not JsonArray operations)
            throw StatusException.BadRequest($"error decoding patch: json: cannot unmarshal {TypeErrors.Describe(patch)} into Go value of type []handlers.jsonPatchOp");
        if (operations.Count > MaxOperations)
            throw StatusException.RequestEntityTooLarge(string.Create(CultureInfo.InvariantCulture, $"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}"));
        JsonNode root = document;
        var copied = 0L;
        foreach (var node in operations)
        {
            var operation = node as JsonObject ?? throw StatusException.BadRequest($"error decoding patch: json: cannot unmarshal {TypeErrors.Describe(node)} into Go value of type handlers.jsonPatchOp");
            root = ApplyOne(root, operation, ref copied);
        }
        return root as JsonObject ?? throw StatusException.Unprocessable();
    }

    /// <summary>A sentence for each field of an operation that RFC 6902 does not know: <c>json patch unknown field "[0].foo"</c>.</summary>
    public static IEnumerable<string> UnknownFields(JsonNode? patch) =>
        from operation in (patch as JsonArray ?? []).Index()
        from field in operation.Item as JsonObject ?? []
        where field.Key is not ("op" or "from" or "path" or "value")
        select string.Create(CultureInfo.InvariantCulture, $"json patch unknown field \"[{operation.Index}].{field.Key}\"");

    private static JsonNode ApplyOne(JsonNode root, JsonObject operation, ref long copied)
    {
        var path = Pointer(operation, "path");
        switch (operation.StringAt("op"))
        {
            case "add":
                return Add(root, path, Value(operation));
            case "remove":
                _ = Remove(root, path);
                return root;
            case "replace":
                return Replace(root, path, Value(operation));
            case "move":
                var source = Pointer(operation, "from");
                if (source.IsPrefixOf(path))
                    throw StatusException.Unprocessable();
                return source.Text == path.Text ? root : Add(root, path, Remove(root, source));
            case "copy":
                var copy = Get(root, Pointer(operation, "from"))?.DeepClone();
                copied += copy?.ToJsonString().Length ?? 4;
                return copied <= MaxCopiedBytes ? Add(root, path, copy) : throw StatusException.Unprocessable();
            case "test":
                return Test(root, path, operation["value"]) ? root : throw StatusException.Unprocessable();
            default:
                throw StatusException.Unprocessable();
        }
    }

    private static JsonNode Add(JsonNode root, JsonPointer path, JsonNode? value)
    {
        switch (path.IsRoot ? null : path.Parent(root))
        {
            case JsonObject parent:
                parent[path.Last] = value;
                return root;
            case JsonArray list:
                list.Insert(path.Last == "-" ? list.Count : Index(path, list.Count + 1), value);
                return root;
            default:
                return path.IsRoot && value is not null ? value : throw StatusException.Unprocessable();
        }
    }

    private static JsonNode? Remove(JsonNode root, JsonPointer path)
    {
        switch (path.IsRoot ? null : path.Parent(root))
        {
            case JsonObject parent when parent.TryGetPropertyValue(path.Last, out var value):
                _ = parent.Remove(path.Last);
                return value;
            case JsonArray list:
                var index = Index(path, list.Count);
                var item = list[index];
                list.RemoveAt(index);
                return item;
            default:
                throw StatusException.Unprocessable();
        }
    }

    private static JsonNode Replace(JsonNode root, JsonPointer path, JsonNode? value)
    {
        switch (path.IsRoot ? null : path.Parent(root))
        {
            case JsonObject parent when parent.ContainsKey(path.Last):
                parent[path.Last] = value;
                return root;
            case JsonArray list:
                list[Index(path, list.Count)] = value;
                return root;
            default:
                return path.IsRoot && value is not null ? value : throw StatusException.Unprocessable();
        }
    }

    private static JsonNode? Get(JsonNode root, JsonPointer path) => path.IsRoot ? root : path.Parent(root) switch
    {
        JsonObject parent when parent.TryGetPropertyValue(path.Last, out var value) => value,
        JsonArray list => list[Index(path, list.Count)],
        _ => throw StatusException.Unprocessable(),
    };

    // A field that is absent tests equal to null.
    private static bool Test(JsonNode root, JsonPointer path, JsonNode? expected) =>
        !path.IsRoot && path.Parent(root) is JsonObject parent && !parent.ContainsKey(path.Last)
            ? expected is null
            : JsonNode.DeepEquals(Get(root, path), expected);

    // Upstream's library counts negative indexes from the end.
    private static int Index(JsonPointer path, int end)
    {
        if (!int.TryParse(path.Last, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
            throw StatusException.Unprocessable();
        if (index < 0)
            index += end;
        return index >= 0 && index < end ? index : throw StatusException.Unprocessable();
    }

    private static JsonPointer Pointer(JsonObject operation, string field) =>
        operation.StringAt(field) is { } text && JsonPointer.TryParse(text) is { } pointer ? pointer : throw StatusException.Unprocessable();

    private static JsonNode? Value(JsonObject operation) =>
        operation.TryGetPropertyValue("value", out var value) ? value?.DeepClone() : throw StatusException.Unprocessable();
}
