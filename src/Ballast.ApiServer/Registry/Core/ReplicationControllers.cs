using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class ReplicationControllers
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "replicationcontrollers", "ReplicationController", new ReplicationControllerStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Integer("Desired", "spec.replicas", d => d.Long("spec", "replicas") ?? 0),
            Column.Integer("Current", "status.replicas", d => d.Long("status", "replicas") ?? 0),
            Column.Integer("Ready", "status.readyReplicas", d => d.Long("status", "readyReplicas") ?? 0),
            Column.Age,
            Column.Text("Containers", "Names of each container in the template.", d => Cells.ContainerNames(d.Object("spec", "template", "spec"))).Wide,
            Column.Text("Images", "Images referenced by each container in the template.", d => Cells.ContainerImages(d.Object("spec", "template", "spec"))).Wide,
            Column.Text("Selector", "spec.selector", d => Cells.Labels(d.Object("spec", "selector"))).Wide,
        ])
        .WithShortNames("rc")
        .InCategoryAll()
        .StoredUnder("controllers")
        .WithStatus(
            ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"],
            ("fullyLabeledReplicas", "replicas", "status.replicas"),
            ("readyReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "replicas", "status.replicas"),
            ("availableReplicas", "readyReplicas", "readyReplicas"))
        .WithScale(new WorkloadScale(spec => Cells.Labels(spec.Object("selector")) is var text && text != Cells.None ? text : ""))
        .WithSelectableFields(("status.replicas", d => Cells.Scalar(d.Node("status", "replicas")) is { Length: > 0 } text ? text : "0"));
}
