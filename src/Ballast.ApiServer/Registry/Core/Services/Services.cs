using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class Services
{
    public static ResourceDefinition Definition(IWriteEffects allocation, ISubresourceHandler proxy) => BuiltIn
        .Namespaced("v1", "services", "Service", new ServiceStrategy(),
        [
            Column.ObjectName,
            Column.Text("Type", "spec.type", d => d.Text("spec", "type")),
            Column.Text("Cluster-IP", "spec.clusterIP", d => d.Strings("spec", "clusterIPs").FirstOrDefault(Cells.None)),
            Column.Text("External-IP", "spec.externalIPs", ExternalAddress),
            Column.Text("Port(s)", "spec.ports", d => Cells.OrNone(string.Join(',', d.Objects("spec", "ports").Select(Port)))),
            Column.Age,
            Column.Text("Selector", "spec.selector", d => Cells.Labels(d.Object("spec", "selector"))).Wide,
        ])
        .WithShortNames("svc")
        .InCategoryAll()
        .StoredUnder("services/specs")
        .WithStatus()
        .WithConnection("proxy", "ServiceProxyOptions", proxy, "create", "delete", "get", "patch", "update")
        .WithSelectableFields(
            ("spec.clusterIP", d => d.Text("spec", "clusterIP")),
            ("spec.type", d => d.Text("spec", "type"))) with { Effects = allocation };

    private static string ExternalAddress(JsonObject service)
    {
        var external = service.Strings("spec", "externalIPs");
        return service.Text("spec", "type") switch
        {
            "ClusterIP" or "NodePort" => Cells.OrNone(string.Join(',', external)),
            "LoadBalancer" => string.Join(',', BalancerAddresses(service).Concat(external)) is { Length: > 0 } all ? all : "<pending>",
            "ExternalName" => service.Text("spec", "externalName"),
            _ => Cells.Unknown,
        };
    }

    private static IEnumerable<string> BalancerAddresses(JsonObject service) =>
        service.Objects("status", "loadBalancer", "ingress")
            .Select(i => i.Text("ip") is { Length: > 0 } ip ? ip : i.Text("hostname"))
            .Where(a => a.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static string Port(JsonObject port) =>
        port.Long("nodePort") is > 0 and var nodePort
            ? $"{port.Long("port")}:{nodePort}/{port.Text("protocol")}"
            : $"{port.Long("port")}/{port.Text("protocol")}";
}
