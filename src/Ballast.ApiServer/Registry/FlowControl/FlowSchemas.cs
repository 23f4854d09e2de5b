using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.FlowControl;

internal static class FlowSchemas
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema", new FlowSchemaStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("PriorityLevel", "spec.priorityLevelConfiguration", d => Cells.OrNone(d.Text("spec", "priorityLevelConfiguration", "name"))),
            Column.Number("MatchingPrecedence", "spec.matchingPrecedence", d => d.Long("spec", "matchingPrecedence") ?? 0),
            Column.Text("DistinguisherMethod", "spec.distinguisherMethod", d => Cells.OrNone(d.Text("spec", "distinguisherMethod", "type"))),
            Column.Age,
            Column.Text("MissingPL", "Whether this FlowSchema references a PriorityLevelConfiguration that does not exist.", d => d.Condition("Dangling")?.Text("status") ?? "?"),
        ])
        .WithStatus();
}
