using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Discovery;

internal static class EndpointSlices
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", new EndpointSliceStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("AddressType", "addressType", d => d.Text("addressType")),
            Column.Text("Ports", "ports", d => Cells.OrUnset(Cells.FirstThree([.. d.Objects("ports").Select(Port)]))),
            Column.Text("Endpoints", "endpoints", d => Cells.OrUnset(Cells.FirstThree([.. d.Objects("endpoints").SelectMany(e => e.Strings("addresses"))]))),
            Column.Age,
        ]);

    private static string Port(JsonObject port) =>
        port.Node("port") is { } number ? Cells.Scalar(number) : port.Has("name") ? port.Text("name") : "*";
}
