using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

internal static class StatefulSets
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("apps/v1", "statefulsets", "StatefulSet", new StatefulSetStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Ready", "Number of the pod with ready state", d => $"{d.Long("status", "readyReplicas") ?? 0}/{d.Long("spec", "replicas") ?? 0}"),
            Column.Age,
            WorkloadColumns.Containers,
            WorkloadColumns.Images,
        ])
        .WithShortNames("sts")
        .InCategoryAll()
        .WithStatus(
            ["replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "observedGeneration", "collisionCount"],
            ("readyReplicas", "replicas", "status.replicas"),
            ("currentReplicas", "replicas", "status.replicas"),
            ("updatedReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "readyReplicas", "status.readyReplicas"))
        .WithScale(new WorkloadScale(spec => Cells.SelectorText(spec.Object("selector"))));
}
