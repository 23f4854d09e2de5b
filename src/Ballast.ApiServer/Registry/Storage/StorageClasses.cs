using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class StorageClasses
{
    public const string IsDefaultAnnotation = "storageclass.kubernetes.io/is-default-class";

    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("storage.k8s.io/v1", "storageclasses", "StorageClass", new StorageClassStrategy(),
        [
            Column.Name(d => d.Text("metadata", "annotations", IsDefaultAnnotation) == "true" ? d.Name + " (default)" : d.Name),
            Column.Text("Provisioner", "provisioner", d => d.Text("provisioner")),
            Column.Text("ReclaimPolicy", "reclaimPolicy", d => d.Text("reclaimPolicy") is { Length: > 0 } policy ? policy : "Delete"),
            Column.Text("VolumeBindingMode", "volumeBindingMode", d => d.Text("volumeBindingMode") is { Length: > 0 } mode ? mode : "Immediate"),
            new("AllowVolumeExpansion", "string", "allowVolumeExpansion", (d, _) => d.Bool("allowVolumeExpansion") ?? false),
            Column.Age,
        ])
        .WithShortNames("sc");
}
