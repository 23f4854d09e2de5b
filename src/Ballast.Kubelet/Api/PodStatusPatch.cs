using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Ballast.Kubelet.Api;

/// <summary>What must be said to the API server so that a pod's status is what the kubelet knows. Others' fields are left alone.</summary>
internal static class PodStatusPatch
{
    private static readonly string[] Owned =
    [
        "phase", "observedGeneration", "conditions", "message", "reason", "hostIP", "hostIPs", "podIP", "podIPs",
        "startTime", "initContainerStatuses", "containerStatuses", "qosClass",
    ];

    /// <summary>A strategic merge patch for <c>pods/status</c>, or null where there is nothing to say.</summary>
    public static JsonObject? Between(V1Pod seen, V1PodStatus known)
    {
        var before = Fields(seen.Status ?? new V1PodStatus());
        var after = Fields(known);
        var status = new JsonObject();
        foreach (var field in Owned)
        {
            if (field == "conditions" ? !SameConditions(seen.Status?.Conditions, known.Conditions) : !JsonNode.DeepEquals(before[field], after[field]))
                status[field] = after[field]?.DeepClone();
        }
        // The uid makes the patch fail where another pod has taken the name.
        return status.Count == 0 ? null : new JsonObject { ["metadata"] = new JsonObject { ["uid"] = seen.Metadata.Uid }, ["status"] = status };
    }

    private static JsonObject Fields(V1PodStatus status) => JsonNode.Parse(KubernetesJson.Serialize(status))!.AsObject();

    private static bool SameConditions(IList<V1PodCondition>? before, IList<V1PodCondition> after) =>
        after.All(condition => before?.Any(b => b.Type == condition.Type && Same(b, condition)) == true);

    private static bool Same(V1PodCondition a, V1PodCondition b) =>
        (a.Status, a.Reason ?? "", a.Message ?? "", a.LastTransitionTime, a.ObservedGeneration)
        == (b.Status, b.Reason ?? "", b.Message ?? "", b.LastTransitionTime, b.ObservedGeneration);
}
