using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins.NodeRestriction;

/// <summary>What a kubelet may change in its own Node: not the taints, nor the labels by which others choose nodes.</summary>
internal static class NodeChange
{
    private static readonly HashSet<string> KubeletLabels =
    [
        "kubernetes.io/hostname", "kubernetes.io/arch", "kubernetes.io/os", "beta.kubernetes.io/arch", "beta.kubernetes.io/os",
        "node.kubernetes.io/instance-type", "beta.kubernetes.io/instance-type", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region", "failure-domain.beta.kubernetes.io/zone",
    ];

    public static ValueTask Check(AdmissionAttributes attributes, string node)
    {
        if (attributes.Operation == AdmissionOperation.Create)
        {
            var forbidden = Forbidden(attributes.Document?.Labels?.Select(l => l.Key) ?? []);
            if (forbidden.Length > 0)
                throw attributes.Forbid($"node \"{node}\" is not allowed to set the following labels: {string.Join(", ", forbidden)}");
        }
        if (attributes.Name != node)
            throw attributes.Forbid($"node \"{node}\" is not allowed to modify node \"{attributes.Name}\"");
        if (attributes.Operation == AdmissionOperation.Update)
            CheckUpdate(attributes, node);
        return default;
    }

    private static void CheckUpdate(AdmissionAttributes attributes, string node)
    {
        var (document, old) = (attributes.Document!, attributes.Old!);
        if (!JsonNode.DeepEquals(Taints(document), Taints(old)))
            throw attributes.Forbid($"node \"{node}\" is not allowed to modify taints");
        if (!JsonNode.DeepEquals(document.Metadata["ownerReferences"], old.Metadata["ownerReferences"]))
            throw attributes.Forbid($"node \"{node}\" is not allowed to modify ownerReferences");
        var (labels, before) = (document.Labels ?? [], old.Labels ?? []);
        var forbidden = Forbidden(labels.Select(l => l.Key).Union(before.Select(l => l.Key)).Where(key => labels.StringAt(key) != before.StringAt(key)));
        if (forbidden.Length > 0)
            throw attributes.Forbid($"is not allowed to modify labels: {string.Join(", ", forbidden)}");
    }

    // No taints is the same as an empty list.
    private static JsonNode? Taints(JsonObject node) => node["spec"]?["taints"] is JsonArray { Count: > 0 } taints ? taints : null;

    private static string[] Forbidden(IEnumerable<string> labels) => [.. labels.Where(IsForbidden).Order(StringComparer.Ordinal)];

    private static bool IsForbidden(string label)
    {
        var slash = label.IndexOf('/', StringComparison.Ordinal);
        var prefix = slash < 0 ? "" : label[..slash];
        if (IsIn(prefix, "node-restriction.kubernetes.io"))
            return true;
        var isKubernetes = IsIn(prefix, "kubernetes.io") || IsIn(prefix, "k8s.io");
        return isKubernetes && !KubeletLabels.Contains(label) && !IsIn(prefix, "kubelet.kubernetes.io") && !IsIn(prefix, "node.kubernetes.io");
    }

    private static bool IsIn(string prefix, string domain) => prefix == domain || prefix.EndsWith("." + domain, StringComparison.Ordinal);
}
