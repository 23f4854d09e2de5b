using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry;

/// <summary>The metadata that the server keeps, for every kind alike: what a client sends for it does not count.</summary>
internal static class ObjectMetadata
{
    // What no write by a client changes.
    private static readonly string[] ServerOwned = ["uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "selfLink"];

    public static void PrepareForCreate(JsonObject document, bool hasGeneration, TimeProvider time)
    {
        var metadata = document.Metadata;
        foreach (var field in ServerOwned)
            metadata.Remove(field);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = KubernetesTime.Format(time.GetUtcNow());
        if (hasGeneration)
            metadata["generation"] = 1;
    }

    /// <summary>Puts back what the server owns. A uid that differs stays: it names another object, which validation refuses.</summary>
    public static void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        var metadata = document.Metadata;
        var before = old.Metadata;
        foreach (var field in ServerOwned)
        {
            if (field == "uid" && document.Uid.Length > 0)
                continue;
            if (before[field] is { } value)
                metadata[field] = value.DeepClone();
            else
                metadata.Remove(field);
        }
        metadata["name"] = old.Name;
        if (old.Namespace.Length > 0)
            metadata["namespace"] = old.Namespace;
    }

    /// <summary>Takes out what is not stored, and what means nothing when it is empty.</summary>
    public static void Tidy(JsonObject document)
    {
        var metadata = document.Metadata;
        metadata.Remove("resourceVersion");
        metadata.Remove("selfLink");
        foreach (var field in (string[])["labels", "annotations", "finalizers", "ownerReferences", "managedFields", "generateName", "namespace"])
            if (metadata.TryGetPropertyValue(field, out var value) && IsEmpty(value))
                metadata.Remove(field);
    }

    private static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonObject map => map.Count == 0,
        JsonArray list => list.Count == 0,
        _ => value.GetValueKind() == System.Text.Json.JsonValueKind.String && value.GetValue<string>().Length == 0,
    };
}
