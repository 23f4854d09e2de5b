using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class VolumeAttributesClasses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("storage.k8s.io/v1", "volumeattributesclasses", "VolumeAttributesClass", new VolumeAttributesClassStrategy(),
        [
            Column.ObjectName,
            Column.Text("DriverName", "driverName", d => d.Text("driverName")),
            Column.Age,
        ])
        .WithShortNames("vac");
}
