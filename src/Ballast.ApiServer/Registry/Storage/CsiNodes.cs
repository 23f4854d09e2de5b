using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Storage;

internal static class CsiNodes
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("storage.k8s.io/v1", "csinodes", "CSINode", new CsiNodeStrategy(),
        [
            Column.ObjectName,
            Column.Integer("Drivers", "Drivers indicates the number of CSI drivers registered on the node", d => d.Count("spec", "drivers")),
            Column.Age,
        ]);
}
