namespace Ballast.ApiServer.Registry.Rbac;

internal static class ClusterRoleBindings
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", new BindingStrategy(namespaced: false), BindingColumns.All);
}
