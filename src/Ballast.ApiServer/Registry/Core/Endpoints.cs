using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class Endpoints
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "endpoints", "Endpoints", new EndpointsStrategy(),
        [
            Column.ObjectName,
            Column.Text("Endpoints", "subsets", d => d.Has("subsets") ? Cells.FirstThree([.. Addresses(d)]) : Cells.None),
            Column.Age,
        ])
        .WithShortNames("ep")
        .Deprecated("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        .StoredUnder("services/endpoints") with { Singular = "endpoints", ListKind = "EndpointsList" };

    private static IEnumerable<string> Addresses(JsonObject document) =>
        from subset in document.Objects("subsets")
        from port in subset.Objects("ports").Select(p => p.Long("port")).DefaultIfEmpty(null)
        from ip in subset.Objects("addresses").Select(a => a.Text("ip"))
        select port is null ? ip : ip.Contains(':', StringComparison.Ordinal) ? $"[{ip}]:{port}" : $"{ip}:{port}";
}
