using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class PersistentVolumes
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("v1", "persistentvolumes", "PersistentVolume", new PersistentVolumeStrategy { HasStatus = true },
        [
            Column.ObjectName,
            Column.Text("Capacity", "spec.capacity", d => VolumeCells.Storage(d.Object("spec", "capacity"))),
            Column.Text("Access Modes", "spec.accessModes", d => VolumeCells.AccessModes(d.Strings("spec", "accessModes"))),
            Column.Text("Reclaim Policy", "spec.persistentVolumeReclaimPolicy", d => d.Text("spec", "persistentVolumeReclaimPolicy")),
            Column.Text("Status", "status.phase", d => d.IsBeingDeleted ? "Terminating" : d.Text("status", "phase")),
            Column.Text("Claim", "spec.claimRef", d => d.Object("spec", "claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
            Column.Text("StorageClass", "spec.storageClassName", d => d.Text("spec", "storageClassName")),
            Column.Text("VolumeAttributesClass", "spec.volumeAttributesClassName", d => Cells.OrUnset(d.Text("spec", "volumeAttributesClassName"))),
            Column.Text("Reason", "status.reason", d => d.Text("status", "reason")),
            Column.Age,
            Column.Text("VolumeMode", "spec.volumeMode", d => Cells.OrUnset(d.Text("spec", "volumeMode"))).Wide,
        ])
        .WithShortNames("pv")
        .WithStatus();
}
