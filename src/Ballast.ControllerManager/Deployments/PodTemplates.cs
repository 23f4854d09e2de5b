using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Ballast.ControllerManager.Deployments;

/// <summary>Compares and names pod templates.</summary>
internal static class PodTemplates
{
    public const string HashLabel = "pod-template-hash";

    /// <summary>No vowels and no look-alikes: names made of it spell nothing.</summary>
    private const string SafeAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    private static readonly ConditionalWeakTable<V1PodTemplateSpec, string> Canonical = [];

    /// <summary>True where both would make the same pods; the label that tells ReplicaSets apart does not count.</summary>
    public static bool AreSame(V1PodTemplateSpec left, V1PodTemplateSpec right) => CanonicalText(left) == CanonicalText(right);

    /// <summary>
    /// The value of <c>pod-template-hash</c>: the same for the same template and collision count, on every server and version. Changing how
    /// it is made would give every Deployment a new ReplicaSet name, but no rollout: the templates decide that.
    /// </summary>
    public static string Hash(V1PodTemplateSpec template, int? collisionCount)
    {
        var text = CanonicalText(template);
        if (collisionCount is { } count)
            text += count.ToString(CultureInfo.InvariantCulture);
        var hash = 2166136261u;
        foreach (var b in Encoding.UTF8.GetBytes(text))
            hash = (hash ^ b) * 16777619u;
        return string.Concat(hash.ToString(CultureInfo.InvariantCulture).Select(digit => SafeAlphabet[digit % SafeAlphabet.Length]));
    }

    private static string CanonicalText(V1PodTemplateSpec template) => Canonical.GetValue(template, static t =>
    {
        var document = JsonNode.Parse(KubernetesJson.Serialize(t))!.AsObject();
        (document["metadata"]?["labels"] as JsonObject)?.Remove(HashLabel);
        return Sorted(document)?.ToJsonString() ?? "";
    });

    /// <summary>Fields in order, empty ones left out: what the wire may write in two ways is written in one.</summary>
    private static JsonNode? Sorted(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject item:
                var fields = item.Select(f => (f.Key, Value: Sorted(f.Value))).Where(f => f.Value is not null).OrderBy(f => f.Key, StringComparer.Ordinal).ToList();
                return fields.Count == 0 ? null : new JsonObject(fields.Select(f => KeyValuePair.Create(f.Key, f.Value)));
            case JsonArray list:
                return list.Count == 0 ? null : new JsonArray([.. list.Select(i => Sorted(i) ?? new JsonObject())]);
            default:
                return node?.DeepClone();
        }
    }
}
