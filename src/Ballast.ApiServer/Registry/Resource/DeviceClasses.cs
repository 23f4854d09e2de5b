using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Resource;

internal static class DeviceClasses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("resource.k8s.io/v1", "deviceclasses", "DeviceClass", new DeviceClassStrategy { HasGeneration = true }, [Column.ObjectName, Column.Age]);
}
