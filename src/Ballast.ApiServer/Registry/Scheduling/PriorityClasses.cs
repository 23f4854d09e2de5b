using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Scheduling;

internal static class PriorityClasses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", new PriorityClassStrategy { HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Value", "value", d => d.Long("value") ?? 0),
            Column.Boolean("Global-Default", "globalDefault", d => d.Bool("globalDefault") ?? false),
            Column.Age,
            Column.Text("PreemptionPolicy", "preemptionPolicy", d => d.Text("preemptionPolicy")),
        ])
        .WithShortNames("pc");
}
