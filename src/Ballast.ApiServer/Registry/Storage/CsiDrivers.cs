using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class CsiDrivers
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("storage.k8s.io/v1", "csidrivers", "CSIDriver", new CsiDriverStrategy(),
        [
            Column.ObjectName,
            Column.Boolean("AttachRequired", "spec.attachRequired", d => d.Bool("spec", "attachRequired") ?? true),
            Column.Boolean("PodInfoOnMount", "spec.podInfoOnMount", d => d.Bool("spec", "podInfoOnMount") ?? false),
            Column.Boolean("StorageCapacity", "spec.storageCapacity", d => d.Bool("spec", "storageCapacity") ?? false),
            Column.Text("TokenRequests", "spec.tokenRequests", d => Cells.OrUnset(string.Join(',', d.Objects("spec", "tokenRequests").Select(t => t.Text("audience"))))),
            Column.Boolean("RequiresRepublish", "spec.requiresRepublish", d => d.Bool("spec", "requiresRepublish") ?? false),
            Column.Text("Modes", "spec.volumeLifecycleModes", d => Cells.OrNone(string.Join(',', d.Strings("spec", "volumeLifecycleModes")))),
            Column.Age,
        ]);
}
