using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Rbac;

internal static class Roles
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("rbac.authorization.k8s.io/v1", "roles", "Role", new RoleStrategy(namespaced: true), [Column.ObjectName, Column.CreatedAt]);
}
