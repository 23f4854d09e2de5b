using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Rbac;

internal static class ClusterRoles
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", new RoleStrategy(namespaced: false), [Column.ObjectName, Column.CreatedAt]);
}
