using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>The namespaces, priority classes and the service address range of a fresh cluster.</summary>
internal static class DefaultObjects
{
    public static IReadOnlyList<BootstrapObject> Namespaces { get; } = [.. new[] { "kube-system", "kube-public", "kube-node-lease", "default" }.Select(Namespace)];

    public static IReadOnlyList<BootstrapObject> PriorityClasses { get; } =
    [
        PriorityClass("system-node-critical", 2000001000, "Used for system critical pods that must not be moved from their current node."),
        PriorityClass("system-cluster-critical", 2000000000,
            "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
    ];

    /// <param name="ranges">One CIDR, or one of each family.</param>
    public static BootstrapObject ServiceRange(IEnumerable<string> ranges) => new(new GroupResource("networking.k8s.io", "servicecidrs"), new JsonObject
    {
        ["apiVersion"] = "networking.k8s.io/v1",
        ["kind"] = "ServiceCIDR",
        ["metadata"] = new JsonObject { ["name"] = "kubernetes" },
        ["spec"] = new JsonObject { ["cidrs"] = new JsonArray([.. ranges.Select(r => (JsonNode)r)]) },
    });

    private static BootstrapObject Namespace(string name) => new(new GroupResource("", "namespaces"), new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Namespace",
        ["metadata"] = new JsonObject { ["name"] = name },
    });

    private static BootstrapObject PriorityClass(string name, int value, string description) => new(new GroupResource("scheduling.k8s.io", "priorityclasses"), new JsonObject
    {
        ["apiVersion"] = "scheduling.k8s.io/v1",
        ["kind"] = "PriorityClass",
        ["metadata"] = new JsonObject { ["name"] = name },
        ["value"] = value,
        ["description"] = description,
        ["preemptionPolicy"] = "PreemptLowerPriority",
    });
}
