namespace Ballast.ApiServer.Registry.Rbac;

internal static class RoleBindings
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding", new BindingStrategy(namespaced: true), BindingColumns.All);
}
