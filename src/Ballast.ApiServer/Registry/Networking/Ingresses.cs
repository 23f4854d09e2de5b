using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Networking;

internal static class Ingresses
{
    private static readonly IngressStrategy Strategy = new() { HasStatus = true, HasGeneration = true };

    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("networking.k8s.io/v1", "ingresses", "Ingress", Strategy,
        [
            Column.ObjectName,
            Column.Text("Class", "The name of the IngressClass resource that should be used for additional configuration", d => Cells.OrNone(d.Text("spec", "ingressClassName"))),
            Column.Text("Hosts", "Hosts that incoming requests are matched against before the ingress rule", Hosts),
            Column.Text("Address", "Address is a list containing ingress points for the load-balancer", Address),
            Column.Text("Ports", "Ports of TLS configurations that open", d => d.Count("spec", "tls") > 0 ? "80, 443" : "80"),
            Column.Age,
        ])
        .WithShortNames("ing")
        .StoredUnder("ingress")
        .WithStatus(new IngressStatusStrategy(Strategy)) with { Singular = "ingress" };

    private static string Hosts(JsonObject ingress)
    {
        var hosts = ingress.Objects("spec", "rules").Select(r => r.Text("host")).Where(h => h.Length > 0).ToList();
        return hosts.Count == 0 ? "*" : Cells.FirstThree(hosts);
    }

    private static string Address(JsonObject ingress) => string.Join(',',
        ingress.Objects("status", "loadBalancer", "ingress")
            .Select(i => i.Text("ip") is { Length: > 0 } ip ? ip : i.Text("hostname"))
            .Where(a => a.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal));
}
