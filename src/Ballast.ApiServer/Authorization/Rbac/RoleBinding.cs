using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>Whom a binding names.</summary>
/// <param name="Kind"><c>User</c>, <c>Group</c> or <c>ServiceAccount</c>.</param>
/// <param name="Name">Its name.</param>
/// <param name="Namespace">A service account's; empty for the others.</param>
internal sealed record RbacSubject(string Kind, string Name, string Namespace)
{
    public const string Group = "Group";
    public const string ServiceAccount = "ServiceAccount";

    /// <summary>The user or group name that authentication gives it.</summary>
    public string AuthenticatedName => Kind == ServiceAccount ? $"system:serviceaccount:{Namespace}:{Name}" : Name;

    public override string ToString() => Kind == ServiceAccount ? $"{Kind} \"{Name}/{Namespace}\"" : $"{Kind} \"{Name}\"";
}

/// <summary>A RoleBinding, or, without a namespace, a ClusterRoleBinding.</summary>
internal sealed record RoleBinding(string Namespace, string Name, string RoleKind, string RoleName, IReadOnlyList<RbacSubject> Subjects)
{
    public string RoleKey => RoleKind == "Role" ? $"{Namespace}/{RoleName}" : RoleName;

    public string MissingRole => $"{RoleKind.ToLowerInvariant()}.rbac.authorization.k8s.io \"{RoleName}\" not found";

    public static RoleBinding From(JsonObject document)
    {
        var role = document["roleRef"] as JsonObject ?? [];
        var subjects = document["subjects"] as JsonArray ?? [];
        return new(document.Namespace, document.Name, role.StringAt("kind") ?? "", role.StringAt("name") ?? "",
        [
            .. subjects.OfType<JsonObject>().Select(subject => (subject.StringAt("kind") ?? "") switch
            {
                RbacSubject.ServiceAccount => new RbacSubject(RbacSubject.ServiceAccount, subject.StringAt("name") ?? "",
                    subject.StringAt("namespace") is { Length: > 0 } ns ? ns : document.Namespace),
                var kind => new RbacSubject(kind, subject.StringAt("name") ?? "", ""),
            }),
        ]);
    }

    public string Describe(RbacSubject subject) => Namespace.Length == 0
        ? $"ClusterRoleBinding \"{Name}\" of {RoleKind} \"{RoleName}\" to {subject}"
        : $"RoleBinding \"{Name}/{Namespace}\" of {RoleKind} \"{RoleName}\" to {subject}";
}
