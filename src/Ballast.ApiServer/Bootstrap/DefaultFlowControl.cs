using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>The default priority levels and flow schemas of API priority and fairness.</summary>
internal static class DefaultFlowControl
{
    private const string Group = "flowcontrol.apiserver.k8s.io";

    /// <summary>These two are kept as they must be, whatever their annotation says: the server relies on them.</summary>
    public static bool IsMandatory(string name) => name is "exempt" or "catch-all";

    public static IReadOnlyList<BootstrapObject> All { get; } =
    [
        Level("exempt", "Exempt", new JsonObject { ["nominalConcurrencyShares"] = 0, ["lendablePercent"] = 0 }),
        Level("catch-all", "Limited", Limits(shares: 5, lendable: 0)),
        Level("system", "Limited", Limits(30, 33, Queues(64, 6))),
        Level("node-high", "Limited", Limits(40, 25, Queues(64, 6))),
        Level("leader-election", "Limited", Limits(10, 0, Queues(16, 4))),
        Level("workload-high", "Limited", Limits(40, 50, Queues(128, 6))),
        Level("workload-low", "Limited", Limits(100, 90, Queues(128, 6))),
        Level("global-default", "Limited", Limits(20, 50, Queues(128, 6))),

        Schema("exempt", "exempt", 1, "", [UserGroup("system:masters")], Everything),
        Schema("probes", "exempt", 2, "", AllGroups, Rules(paths: [Paths("get", "/healthz", "/readyz", "/livez")])),
        Schema("system-leader-election", "leader-election", 100, "ByUser",
            [User("system:kube-controller-manager"), User("system:kube-scheduler"), Accounts("kube-system")],
            Rules([Resources(["get", "create", "update"], ["coordination.k8s.io"], ["leases"], clusterScope: false)])),
        Schema("system-node-high", "node-high", 400, "ByUser", [UserGroup("system:nodes")],
            Rules([Resources(["*"], [""], ["nodes", "nodes/status"], clusterScope: true), Resources(["*"], ["coordination.k8s.io"], ["leases"], clusterScope: false)])),
        Schema("system-nodes", "system", 500, "ByUser", [UserGroup("system:nodes")], Everything),
        Schema("kube-controller-manager", "workload-high", 800, "ByNamespace", [User("system:kube-controller-manager")], Everything),
        Schema("kube-scheduler", "workload-high", 800, "ByNamespace", [User("system:kube-scheduler")], Everything),
        Schema("kube-system-service-accounts", "workload-high", 900, "ByNamespace", [Accounts("kube-system")], Everything),
        Schema("service-accounts", "workload-low", 9000, "ByUser", [UserGroup("system:serviceaccounts")], Everything),
        Schema("global-default", "global-default", 9900, "ByUser", AllGroups, Everything),
        Schema("catch-all", "catch-all", 10000, "ByUser", AllGroups, Everything),
    ];

    private static JsonObject[] AllGroups => [UserGroup("system:unauthenticated"), UserGroup("system:authenticated")];

    private static JsonObject Everything => Rules([Resources(["*"], ["*"], ["*"], clusterScope: true)], [Paths("*", "*")]);

    private static BootstrapObject Level(string name, string type, JsonObject settings) =>
        Make("prioritylevelconfigurations", "PriorityLevelConfiguration", name, new JsonObject { ["type"] = type, [type.ToLowerInvariant()] = settings });

    private static JsonObject Limits(int shares, int lendable, JsonObject? queuing = null) => new()
    {
        ["nominalConcurrencyShares"] = shares,
        ["lendablePercent"] = lendable,
        ["limitResponse"] = queuing is null ? new JsonObject { ["type"] = "Reject" } : new JsonObject { ["type"] = "Queue", ["queuing"] = queuing },
    };

    private static JsonObject Queues(int queues, int handSize) => new() { ["queues"] = queues, ["handSize"] = handSize, ["queueLengthLimit"] = 50 };

    private static BootstrapObject Schema(string name, string level, int precedence, string distinguisher, JsonObject[] subjects, JsonObject rule)
    {
        rule["subjects"] = new JsonArray([.. subjects]);
        var spec = new JsonObject
        {
            ["priorityLevelConfiguration"] = new JsonObject { ["name"] = level },
            ["matchingPrecedence"] = precedence,
            ["rules"] = new JsonArray(rule),
        };
        if (distinguisher.Length > 0)
            spec["distinguisherMethod"] = new JsonObject { ["type"] = distinguisher };
        return Make("flowschemas", "FlowSchema", name, spec);
    }

    private static JsonObject Rules(JsonObject[]? resources = null, JsonObject[]? paths = null)
    {
        var rule = new JsonObject();
        if (resources is not null)
            rule["resourceRules"] = new JsonArray([.. resources]);
        if (paths is not null)
            rule["nonResourceRules"] = new JsonArray([.. paths]);
        return rule;
    }

    private static JsonObject Resources(string[] verbs, string[] groups, string[] resources, bool clusterScope)
    {
        var rule = new JsonObject { ["verbs"] = List(verbs), ["apiGroups"] = List(groups), ["resources"] = List(resources), ["namespaces"] = List(["*"]) };
        if (clusterScope)
            rule["clusterScope"] = true;
        return rule;
    }

    private static JsonObject Paths(string verb, params string[] paths) => new() { ["verbs"] = List([verb]), ["nonResourceURLs"] = List(paths) };

    private static JsonObject UserGroup(string name) => new() { ["kind"] = "Group", ["group"] = new JsonObject { ["name"] = name } };

    private static JsonObject User(string name) => new() { ["kind"] = "User", ["user"] = new JsonObject { ["name"] = name } };

    private static JsonObject Accounts(string ns) =>
        new() { ["kind"] = "ServiceAccount", ["serviceAccount"] = new JsonObject { ["namespace"] = ns, ["name"] = "*" } };

    private static JsonArray List(string[] values) => [.. values.Select(v => (JsonNode)v)];

    private static BootstrapObject Make(string resource, string kind, string name, JsonObject spec) => new(new GroupResource(Group, resource), new JsonObject
    {
        ["apiVersion"] = Group + "/v1",
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name, ["annotations"] = new JsonObject { [FlowControlReconciliation.AutoUpdate] = "true" } },
        ["spec"] = spec,
    });
}
