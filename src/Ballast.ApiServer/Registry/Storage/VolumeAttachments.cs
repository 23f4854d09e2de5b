using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class VolumeAttachments
{
    private static readonly VolumeAttachmentStrategy Strategy = new() { HasStatus = true };

    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("storage.k8s.io/v1", "volumeattachments", "VolumeAttachment", Strategy,
        [
            Column.ObjectName,
            Column.Text("Attacher", "spec.attacher", d => d.Text("spec", "attacher")).AsName,
            Column.Text("PV", "spec.source.persistentVolumeName", d => d.Text("spec", "source", "persistentVolumeName")),
            Column.Text("Node", "spec.nodeName", d => d.Text("spec", "nodeName")),
            Column.Boolean("Attached", "status.attached", d => d.Bool("status", "attached") ?? false),
            Column.Age,
        ])
        .WithStatus(new VolumeAttachmentStatusStrategy(Strategy));
}
