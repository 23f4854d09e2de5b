using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization.Rbac;
using static Ballast.ApiServer.Authorization.AuthorizationDecision;

namespace Ballast.ApiServer.Authorization.Node;

/// <summary>
/// What a kubelet may do: read the objects its pods need and no others, write its own Node, Lease and CSINode, and what
/// <paramref name="rules"/> allow every node. What it may write into a Node or a pod is checked by the NodeRestriction admission plugin.
/// </summary>
internal sealed class NodeAuthorizer(NodeGraph graph, IReadOnlyList<PolicyRule> rules) : IAuthorizer, IRuleResolver
{
    private const string LeaseNamespace = "kube-node-lease";

    public async ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel)
    {
        var (isNode, node) = NodeIdentity.Of(attributes.User);
        if (!isNode)
            return (NoOpinion, "");
        if (node.Length == 0)
            return (NoOpinion, $"unknown node for user \"{attributes.User.Name}\"");
        if (!graph.Synced.IsCompleted)
            await graph.Synced.WaitAsync(cancel);
        return attributes.IsResourceRequest && Decide(node, attributes) is { } refusal
            ? (refusal.Length == 0 ? Allow : NoOpinion, refusal)
            : (rules.Any(rule => rule.Allows(attributes)) ? Allow : NoOpinion, "");
    }

    public ValueTask<UserRules> RulesForAsync(UserInfo user, string ns, CancellationToken cancel) => new(NodeIdentity.Of(user).NodeName.Length == 0
        ? UserRules.None
        : new UserRules([], ["node authorizer does not support user rule resolution"], Incomplete: true));

    /// <summary>Empty for allowed, the reason for not, null where the general rules decide.</summary>
    private string? Decide(string node, AuthorizationAttributes asked) => (asked.Group, asked.Resource) switch
    {
        ("", "secrets") => ReadNamespaced(node, NodeObject.Secret, asked),
        ("", "configmaps") => ReadNamespaced(node, NodeObject.ConfigMap, asked),
        ("", "persistentvolumeclaims") => asked.Subresource == "status" ? UpdateClaimStatus(node, asked) : Get(node, NodeObject.PersistentVolumeClaim, asked),
        ("", "persistentvolumes") => Get(node, NodeObject.PersistentVolume, asked),
        ("resource.k8s.io", "resourceclaims") => Get(node, NodeObject.ResourceClaim, asked),
        ("storage.k8s.io", "volumeattachments") => Get(node, NodeObject.VolumeAttachment, asked),
        ("", "serviceaccounts") => asked.Subresource == "token" ? CreateToken(node, asked) : Get(node, NodeObject.ServiceAccount, asked),
        ("coordination.k8s.io", "leases") => Lease(node, asked),
        ("storage.k8s.io", "csinodes") => CsiNode(node, asked),
        ("resource.k8s.io", "resourceslices") => ResourceSlice(node, asked),
        ("", "nodes") => Node(node, asked),
        ("", "pods") => Pod(node, asked),
        _ => null,
    };

    private string ReadNamespaced(string node, NodeObject kind, AuthorizationAttributes asked) =>
        asked.Verb is not ("get" or "list" or "watch") ? "can only read resources of this type"
        : asked.Subresource.Length > 0 ? "cannot read subresource"
        : asked.Namespace.Length == 0 ? "can only read namespaced object of this type"
        : Related(node, kind, asked);

    private string Get(string node, NodeObject kind, AuthorizationAttributes asked) =>
        asked.Verb != "get" ? "can only get individual resources of this type"
        : asked.Subresource.Length > 0 ? "cannot get subresource"
        : Related(node, kind, asked);

    private string UpdateClaimStatus(string node, AuthorizationAttributes asked) =>
        asked.Verb is not ("get" or "update" or "patch") ? "can only get/update/patch this type" : Related(node, NodeObject.PersistentVolumeClaim, asked);

    private string CreateToken(string node, AuthorizationAttributes asked) =>
        asked.Verb != "create" || asked.Name.Length == 0 ? "can only create tokens for individual service accounts" : Related(node, NodeObject.ServiceAccount, asked);

    // A create carries no name yet: the NodeRestriction admission plugin checks it.
    private static string Lease(string node, AuthorizationAttributes asked) =>
        asked.Verb is not ("get" or "create" or "update" or "patch" or "delete") ? "can only get, create, update, patch, or delete a node lease"
        : asked.Namespace != LeaseNamespace ? $"can only access leases in the \"{LeaseNamespace}\" system namespace"
        : asked.Verb != "create" && asked.Name != node ? "can only access node lease with the same name as the requesting node"
        : "";

    private static string CsiNode(string node, AuthorizationAttributes asked) =>
        asked.Verb is not ("get" or "create" or "update" or "patch" or "delete") ? "can only get, create, update, patch, or delete a CSINode"
        : asked.Subresource.Length > 0 ? "cannot authorize CSINode subresources"
        : asked.Verb != "create" && asked.Name != node ? "can only access CSINode with the same name as the requesting node"
        : "";

    private string ResourceSlice(string node, AuthorizationAttributes asked) => asked switch
    {
        { Subresource.Length: > 0 } => "cannot authorize ResourceSlice subresources",
        { Verb: "create" } => "",
        { Verb: "get" or "update" or "patch" or "delete" } => Related(node, NodeObject.ResourceSlice, asked),
        { Verb: "list" or "watch" or "deletecollection" } =>
            Selects(asked, "spec.nodeName", node) ? "" : $"can only {asked.Verb} resourceslices with nodeName field selector",
        _ => "only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection",
    };

    private static string? Node(string node, AuthorizationAttributes asked) => asked switch
    {
        { Subresource: "", Verb: "get" or "list" or "watch", Name: "" } when !Selects(asked, "metadata.name", node) =>
            $"node \"{node}\" cannot read all nodes, only its own Node object",
        { Subresource: "", Verb: "get" or "list" or "watch", Name: not "" } when asked.Name != node =>
            $"node \"{node}\" cannot read \"{asked.Name}\", only its own Node object",
        _ => null,
    };

    private string? Pod(string node, AuthorizationAttributes asked) => asked switch
    {
        { Subresource: "", Verb: "get" } => Related(node, NodeObject.Pod, asked),
        { Subresource: "", Verb: "list" or "watch", Name: not "" } => Related(node, NodeObject.Pod, asked),
        { Subresource: "", Verb: "list" or "watch" } => Selects(asked, "spec.nodeName", node) ? "" : "can only list/watch pods with spec.nodeName field selector",
        _ => null,
    };

    private string Related(string node, NodeObject kind, AuthorizationAttributes asked) =>
        asked.Name.Length == 0 ? "No Object name found"
        : graph.Leads(node, kind, asked.Namespace, asked.Name) ? ""
        : $"no relationship found between node '{node}' and this object";

    private static bool Selects(AuthorizationAttributes asked, string field, string value) =>
        asked.FieldSelector.Split(',').Any(term => term.Trim() is var t && (t == $"{field}={value}" || t == $"{field}=={value}"));
}
