using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

internal static class DaemonSets
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("apps/v1", "daemonsets", "DaemonSet", new DaemonSetStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Desired", "status.desiredNumberScheduled", d => d.Long("status", "desiredNumberScheduled") ?? 0),
            Column.Integer("Current", "status.currentNumberScheduled", d => d.Long("status", "currentNumberScheduled") ?? 0),
            Column.Integer("Ready", "status.numberReady", d => d.Long("status", "numberReady") ?? 0),
            Column.Integer("Up-to-date", "status.updatedNumberScheduled", d => d.Long("status", "updatedNumberScheduled") ?? 0),
            Column.Integer("Available", "status.numberAvailable", d => d.Long("status", "numberAvailable") ?? 0),
            Column.Text("Node Selector", "spec.template.spec.nodeSelector", d => Cells.Labels(d.Object("spec", "template", "spec", "nodeSelector"))),
            Column.Age,
            WorkloadColumns.Containers,
            WorkloadColumns.Images,
            WorkloadColumns.Selector,
        ])
        .WithShortNames("ds")
        .InCategoryAll()
        .WithStatus(
            ["currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration", "updatedNumberScheduled", "numberAvailable", "numberUnavailable", "collisionCount"]);
}
