using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class CsiStorageCapacities
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("storage.k8s.io/v1", "csistoragecapacities", "CSIStorageCapacity", new CsiStorageCapacityStrategy(), [Column.ObjectName, Column.CreatedAt]);
}
