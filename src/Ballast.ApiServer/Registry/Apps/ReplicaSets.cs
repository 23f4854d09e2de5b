using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

internal static class ReplicaSets
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("apps/v1", "replicasets", "ReplicaSet", new ReplicaSetStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Desired", "spec.replicas", d => d.Long("spec", "replicas") ?? 0),
            Column.Integer("Current", "status.replicas", d => d.Long("status", "replicas") ?? 0),
            Column.Integer("Ready", "status.readyReplicas", d => d.Long("status", "readyReplicas") ?? 0),
            Column.Age,
            WorkloadColumns.Containers,
            WorkloadColumns.Images,
            WorkloadColumns.Selector,
        ])
        .WithShortNames("rs")
        .InCategoryAll()
        .WithStatus(
            ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
            ("fullyLabeledReplicas", "replicas", "status.replicas"),
            ("readyReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "readyReplicas", "readyReplicas"))
        .WithScale(new WorkloadScale(spec => Cells.SelectorText(spec.Object("selector"))))
        .WithSelectableFields(("status.replicas", d => Cells.Scalar(d.Node("status", "replicas")) is { Length: > 0 } text ? text : "0"));
}
