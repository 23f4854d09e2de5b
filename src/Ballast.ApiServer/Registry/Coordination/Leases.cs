using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Coordination;

internal static class Leases
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("coordination.k8s.io/v1", "leases", "Lease", new LeaseStrategy { AllowCreateOnUpdate = true, AllowUnconditionalUpdate = false },
        [
            Column.ObjectName,
            Column.Text("Holder", "spec.holderIdentity", d => d.Text("spec", "holderIdentity")),
            Column.Age,
        ]);
}
