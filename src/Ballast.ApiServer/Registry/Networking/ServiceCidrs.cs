using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Networking;

internal static class ServiceCidrs
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("networking.k8s.io/v1", "servicecidrs", "ServiceCIDR", new ServiceCidrStrategy { HasStatus = true },
        [
            Column.ObjectName,
            Column.Text("CIDRs", "spec.cidrs", d => string.Join(',', d.Strings("spec", "cidrs"))),
            Column.Age,
        ])
        .WithStatus();
}
