using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>The class that a pod's requests and limits put it in. The API server sets it; for static pods the kubelet does.</summary>
internal static class QualityOfService
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string ClassOf(V1Pod pod)
    {
        var containers = pod.AllContainers.ToList();
        if (containers.All(c => Counted.All(r => Amount(c.Resources?.Requests, r) is null && Amount(c.Resources?.Limits, r) is null)))
            return "BestEffort";
        var guaranteed = containers.All(c => Counted.All(r =>
            Amount(c.Resources?.Limits, r) is { } limit && (Amount(c.Resources?.Requests, r) ?? limit) == limit));
        return guaranteed ? "Guaranteed" : "Burstable";
    }

    private static decimal? Amount(IDictionary<string, ResourceQuantity>? amounts, string resource) =>
        amounts is not null && amounts.TryGetValue(resource, out var quantity) && quantity.ToDecimal() is > 0 and var amount ? amount : null;
}
