using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Resource;

internal static class ResourceClaimTemplates
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("resource.k8s.io/v1", "resourceclaimtemplates", "ResourceClaimTemplate", new ResourceClaimTemplateStrategy(), [Column.ObjectName, Column.Age]);
}
