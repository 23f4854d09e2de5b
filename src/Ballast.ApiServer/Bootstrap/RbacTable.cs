using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization.Rbac;

namespace Ballast.ApiServer.Bootstrap;

/// <summary>The words that the tables of default roles and bindings are written in. Lists are separated by blanks.</summary>
internal static class RbacTable
{
    public const string Group = "rbac.authorization.k8s.io";
    public const string Core = "core";
    public const string CoreAndEvents = "core events.k8s.io";
    public const string Read = "get list watch";
    public const string Write = "create delete deletecollection patch update";
    public const string ReadWrite = "create delete deletecollection get list patch update watch";

    public static PolicyRule RecordEvents { get; } = Allow("create patch update", CoreAndEvents, "events");

    public static PolicyRule Allow(string verbs, string groups, string resources, string names = "") => new(Words(verbs))
    {
        ApiGroups = [.. Words(groups).Select(g => g == Core ? "" : g)],
        Resources = Words(resources),
        ResourceNames = Words(names),
    };

    public static PolicyRule AllowPaths(string verbs, string paths) => new(Words(verbs)) { NonResourceUrls = Words(paths) };

    public static DefaultRole Role(string name, params PolicyRule[] rules) => new("", name, rules);

    public static DefaultRole RoleIn(string ns, string name, params PolicyRule[] rules) => new(ns, name, rules);

    /// <summary>A cluster role whose rules a controller collects from the roles labelled <paramref name="from"/>.</summary>
    public static DefaultRole Aggregated(string name, string from) => new("", name, []) { AggregateFrom = from };

    public static JsonObject User(string name) => Subject("User", name);

    public static JsonObject UserGroup(string name) => Subject("Group", name);

    /// <summary>A service account in kube-system.</summary>
    public static JsonObject SystemAccount(string name) => new() { ["kind"] = "ServiceAccount", ["name"] = name, ["namespace"] = "kube-system" };

    /// <summary>Binds the cluster role of the same name.</summary>
    public static BootstrapObject Bind(string role, params JsonObject[] subjects) => Binding("", role, "ClusterRole", role, subjects);

    /// <summary>Binds a role of the same namespace.</summary>
    public static BootstrapObject BindIn(string ns, string name, string role, params JsonObject[] subjects) => Binding(ns, name, "Role", role, subjects);

    public static JsonObject Metadata(string ns, string name, string? aggregateTo = null)
    {
        var labels = new JsonObject { ["kubernetes.io/bootstrapping"] = "rbac-defaults" };
        if (aggregateTo is not null)
            labels[$"{Group}/{aggregateTo}"] = "true";
        var metadata = new JsonObject
        {
            ["name"] = name,
            ["labels"] = labels,
            ["annotations"] = new JsonObject { [RoleReconciliation.AutoUpdate] = "true" },
        };
        if (ns.Length > 0)
            metadata["namespace"] = ns;
        return metadata;
    }

    private static BootstrapObject Binding(string ns, string name, string roleKind, string role, JsonObject[] subjects)
    {
        var document = new JsonObject
        {
            ["apiVersion"] = Group + "/v1",
            ["kind"] = ns.Length == 0 ? "ClusterRoleBinding" : "RoleBinding",
            ["metadata"] = Metadata(ns, name),
            ["roleRef"] = new JsonObject { ["apiGroup"] = Group, ["kind"] = roleKind, ["name"] = role },
        };
        if (subjects.Length > 0)
            document["subjects"] = new JsonArray([.. subjects]);
        return new(new GroupResource(Group, ns.Length == 0 ? "clusterrolebindings" : "rolebindings"), document);
    }

    private static JsonObject Subject(string kind, string name) => new() { ["apiGroup"] = Group, ["kind"] = kind, ["name"] = name };

    private static string[] Words(string list) => list.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>A role of the tables; cluster-scoped where <paramref name="Namespace"/> is empty.</summary>
internal sealed record DefaultRole(string Namespace, string Name, IReadOnlyList<PolicyRule> Rules)
{
    /// <summary><c>aggregate-to-edit</c>: this role's rules become part of that role's.</summary>
    public string? AggregateTo { get; init; }

    public string? AggregateFrom { get; init; }

    public BootstrapObject ToObject()
    {
        var document = new JsonObject
        {
            ["apiVersion"] = RbacTable.Group + "/v1",
            ["kind"] = Namespace.Length == 0 ? "ClusterRole" : "Role",
            ["metadata"] = RbacTable.Metadata(Namespace, Name, AggregateTo),
        };
        if (AggregateFrom is not null)
            document["aggregationRule"] = new JsonObject
            {
                ["clusterRoleSelectors"] = new JsonArray(new JsonObject
                {
                    ["matchLabels"] = new JsonObject { [$"{RbacTable.Group}/{AggregateFrom}"] = "true" },
                }),
            };
        document["rules"] = AggregateFrom is not null ? null : new JsonArray([.. Rules.Select(r => r.ToDocument())]);
        return new(new GroupResource(RbacTable.Group, Namespace.Length == 0 ? "clusterroles" : "roles"), document);
    }
}
