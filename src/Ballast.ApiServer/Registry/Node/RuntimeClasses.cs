using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Node;

internal static class RuntimeClasses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", new RuntimeClassStrategy(),
        [
            Column.ObjectName,
            Column.Text("Handler", "handler", d => d.Text("handler")),
            Column.Age,
        ]);
}
