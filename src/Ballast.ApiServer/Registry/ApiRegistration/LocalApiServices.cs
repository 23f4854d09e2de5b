using System.Text.Json.Nodes;

namespace Ballast.ApiServer.Registry.ApiRegistration;

/// <summary>The APIService of each group and version that the server serves itself. Their priorities give discovery its order.</summary>
public static class LocalApiServices
{
    private static readonly (string Group, string Version, int GroupPriority, int VersionPriority)[] Served =
    [
        ("", "v1", 18000, 1),
        ("apps", "v1", 17800, 15),
        ("events.k8s.io", "v1", 17750, 5),
        ("authentication.k8s.io", "v1", 17700, 15),
        ("authorization.k8s.io", "v1", 17600, 15),
        ("autoscaling", "v1", 17500, 15),
        ("autoscaling", "v2", 17500, 30),
        ("batch", "v1", 17400, 15),
        ("certificates.k8s.io", "v1", 17300, 15),
        ("networking.k8s.io", "v1", 17200, 15),
        ("policy", "v1", 17100, 15),
        ("rbac.authorization.k8s.io", "v1", 17000, 15),
        ("storage.k8s.io", "v1", 16800, 15),
        ("apiextensions.k8s.io", "v1", 16700, 15),
        ("admissionregistration.k8s.io", "v1", 16700, 15),
        ("scheduling.k8s.io", "v1", 16600, 15),
        ("coordination.k8s.io", "v1", 16500, 15),
        ("node.k8s.io", "v1", 16300, 15),
        ("discovery.k8s.io", "v1", 16200, 15),
        ("resource.k8s.io", "v1", 16200, 15),
        ("flowcontrol.apiserver.k8s.io", "v1", 16100, 21),
    ];

    public static IEnumerable<JsonObject> All => Served.Select(s => new JsonObject
    {
        ["apiVersion"] = "apiregistration.k8s.io/v1",
        ["kind"] = "APIService",
        ["metadata"] = new JsonObject
        {
            ["name"] = $"{s.Version}.{s.Group}",
            ["labels"] = new JsonObject { ["kube-aggregator.kubernetes.io/automanaged"] = "onstart" },
        },
        ["spec"] = new JsonObject
        {
            ["group"] = s.Group,
            ["version"] = s.Version,
            ["groupPriorityMinimum"] = s.GroupPriority,
            ["versionPriority"] = s.VersionPriority,
        },
    });
}
