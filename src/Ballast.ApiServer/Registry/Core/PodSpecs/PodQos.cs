using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>A pod's quality of service, from what its containers ask of CPU and memory.</summary>
internal static class PodQos
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string Of(JsonObject pod)
    {
        List<JsonObject?> demands = pod.Object("spec", "resources") is { Count: > 0 } ofPod
            ? [ofPod]
            : [.. pod.Objects("spec", "containers").Concat(pod.Objects("spec", "initContainers")).Select(c => c.Object("resources"))];
        if (!demands.Any(d => Counted.Any(r => Amount(d, "requests", r) is not null || Amount(d, "limits", r) is not null)))
            return "BestEffort";
        var guaranteed = demands.All(d => Counted.All(r => Amount(d, "limits", r) is { } limit && (Amount(d, "requests", r) ?? limit) == limit));
        return guaranteed ? "Guaranteed" : "Burstable";
    }

    /// <summary>Null where it is absent or zero.</summary>
    private static Quantity? Amount(JsonObject? resources, string list, string resource) =>
        Quantity.TryParse(Cells.Scalar(resources.Node(list, resource)), out var quantity) && quantity.Sign > 0 ? quantity : null;
}
