using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Resource;

internal static class ResourceSlices
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("resource.k8s.io/v1", "resourceslices", "ResourceSlice", new ResourceSliceStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Node", "spec.nodeName", d => Cells.OrUnset(d.Text("spec", "nodeName"))),
            Column.Text("Driver", "spec.driver", d => d.Text("spec", "driver")),
            Column.Text("Pool", "spec.pool.name", d => d.Text("spec", "pool", "name")),
            Column.Age,
        ])
        .WithSelectableFields(("spec.nodeName", d => d.Text("spec", "nodeName")), ("spec.driver", d => d.Text("spec", "driver")));
}
