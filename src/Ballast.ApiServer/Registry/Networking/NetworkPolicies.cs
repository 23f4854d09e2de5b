using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Networking;

internal static class NetworkPolicies
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", new NetworkPolicyStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Pod-Selector", "spec.podSelector", d => Cells.Selector(d.Object("spec", "podSelector"))),
            Column.Age,
        ])
        .WithShortNames("netpol");
}
