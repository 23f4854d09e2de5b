using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Policy;

internal static class PodDisruptionBudgets
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", new PodDisruptionBudgetStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Min Available", "The minimum number of pods that must be available.", d => OrNotAvailable(d.Node("spec", "minAvailable"))),
            Column.Text("Max Unavailable", "The maximum number of pods that may be unavailable.", d => OrNotAvailable(d.Node("spec", "maxUnavailable"))),
            Column.Integer("Allowed Disruptions", "Calculated number of pods that may be disrupted at this time.", d => d.Long("status", "disruptionsAllowed") ?? 0),
            Column.Age,
        ])
        .WithShortNames("pdb")
        .WithStatus(
            ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"]);

    private static string OrNotAvailable(JsonNode? value) => value is null ? "N/A" : Cells.Scalar(value);
}
