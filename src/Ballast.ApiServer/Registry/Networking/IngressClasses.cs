using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Networking;

internal static class IngressClasses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("networking.k8s.io/v1", "ingressclasses", "IngressClass", new IngressClassStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Controller", "Controller that is responsible for handling this class", d => d.Text("spec", "controller")),
            Column.Text("Parameters", "A reference to a resource with additional parameters", d => d.Object("spec", "parameters") is { } p ? Parameters(p) : Cells.None),
            Column.Age,
        ]);

    private static string Parameters(JsonObject reference) => $"{new GroupKind(reference.Text("apiGroup"), reference.Text("kind"))}/{reference.Text("name")}";
}
