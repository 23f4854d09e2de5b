using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

internal static class Deployments
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("apps/v1", "deployments", "Deployment", new DeploymentStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Ready", "Number of the pod with ready state", d => $"{d.Long("status", "readyReplicas") ?? 0}/{d.Long("spec", "replicas") ?? 0}"),
            Column.Number("Up-to-date", "status.updatedReplicas", d => d.Long("status", "updatedReplicas") ?? 0),
            Column.Number("Available", "status.availableReplicas", d => d.Long("status", "availableReplicas") ?? 0),
            Column.Age,
            WorkloadColumns.Containers,
            WorkloadColumns.Images,
            WorkloadColumns.Selector,
        ])
        .WithShortNames("deploy")
        .InCategoryAll()
        .WithStatus(
            ["observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "collisionCount"],
            ("updatedReplicas", "replicas", "status.replicas"),
            ("readyReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "readyReplicas", "readyReplicas"))
        .WithScale(new WorkloadScale(spec => Cells.SelectorText(spec.Object("selector"))));
}
