using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.FlowControl;

internal static class PriorityLevelConfigurations
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("flowcontrol.apiserver.k8s.io/v1", "prioritylevelconfigurations", "PriorityLevelConfiguration",
            new PriorityLevelConfigurationStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Type", "spec.type", d => d.Text("spec", "type")),
            Cell("NominalConcurrencyShares", "spec.limited.nominalConcurrencyShares",
                d => d.Node("spec", "limited", "nominalConcurrencyShares") ?? d.Node("spec", "exempt", "nominalConcurrencyShares")),
            Cell("Queues", "spec.limited.limitResponse.queuing.queues", d => Queuing(d).Node("queues")),
            Cell("HandSize", "spec.limited.limitResponse.queuing.handSize", d => Queuing(d).Node("handSize")),
            Cell("QueueLengthLimit", "spec.limited.limitResponse.queuing.queueLengthLimit", d => Queuing(d).Node("queueLengthLimit")),
            Column.Age,
        ])
        .WithStatus();

    private static Column Cell(string title, string doc, Func<JsonObject, JsonNode?> read) =>
        new(title, "string", doc, (d, _) => read(d) is { } number ? number.DeepClone() : Cells.None);

    private static JsonObject? Queuing(JsonObject level) => level.Object("spec", "limited", "limitResponse", "queuing");
}
