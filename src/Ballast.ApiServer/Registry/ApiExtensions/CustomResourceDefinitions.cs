using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.ApiExtensions;

internal static class CustomResourceDefinitions
{
    public static ResourceDefinition Definition(TimeProvider time) => BuiltIn
        .ClusterScoped("apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition",
            new CustomResourceDefinitionStrategy(time) { HasStatus = true, HasGeneration = true }, [Column.ObjectName, Column.CreatedAt])
        .WithShortNames("crd", "crds")
        .WithCategory("api-extensions")
        .StoredUnder("apiextensions.k8s.io/customresourcedefinitions")
        .WithStatus();
}
