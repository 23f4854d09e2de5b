using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class PersistentVolumeClaims
{
    private static readonly PersistentVolumeClaimStrategy Strategy = new() { HasStatus = true };

    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "persistentvolumeclaims", "PersistentVolumeClaim", Strategy,
        [
            Column.ObjectName,
            Column.Text("Status", "status.phase", d => d.IsBeingDeleted ? "Terminating" : d.Text("status", "phase")),
            Column.Text("Volume", "spec.volumeName", d => d.Text("spec", "volumeName")),
            Column.Text("Capacity", "status.capacity", d => IsBound(d) ? VolumeCells.Storage(d.Object("status", "capacity")) : ""),
            Column.Text("Access Modes", "status.accessModes", d => IsBound(d) ? VolumeCells.AccessModes(d.Strings("status", "accessModes")) : ""),
            Column.Text("StorageClass", "spec.storageClassName", d => d.Text("spec", "storageClassName")),
            Column.Text("VolumeAttributesClass", "spec.volumeAttributesClassName", d => Cells.OrUnset(d.Text("spec", "volumeAttributesClassName"))),
            Column.Age,
            Column.Text("VolumeMode", "spec.volumeMode", d => Cells.OrUnset(d.Text("spec", "volumeMode"))).Wide,
        ])
        .WithShortNames("pvc")
        .WithStatus(new PersistentVolumeClaimStatusStrategy(Strategy));

    private static bool IsBound(JsonObject claim) => claim.Text("spec", "volumeName").Length > 0;
}
