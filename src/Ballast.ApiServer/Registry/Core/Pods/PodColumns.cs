using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What <c>kubectl get pods</c> shows: one word for a pod's state, made from its phase, its containers' states and its deletion.</summary>
internal static class PodColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        Column.ObjectName,
        Column.Text("Ready", "The aggregate readiness state of this pod for accepting traffic.", d => PodSummary.Of(d).Ready),
        Column.Text("Status", "The aggregate status of the containers in this pod.", d => PodSummary.Of(d).Reason),
        Column.Text("Restarts", "The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.",
            (d, now) => PodSummary.Of(d).RestartsText(now)),
        Column.Age,
        Column.Text("IP", "status.podIP", d => Cells.OrNone(d.Objects("status", "podIPs").FirstOrDefault().Text("ip") is { Length: > 0 } ip ? ip : d.Text("status", "podIP"))).Wide,
        Column.Text("Node", "spec.nodeName", d => Cells.OrNone(d.Text("spec", "nodeName"))).Wide,
        Column.Text("Nominated Node", "status.nominatedNodeName", d => Cells.OrNone(d.Text("status", "nominatedNodeName"))).Wide,
        Column.Text("Readiness Gates", "spec.readinessGates", ReadinessGates).Wide,
    ];

    private static string ReadinessGates(JsonObject pod)
    {
        var gates = pod.Objects("spec", "readinessGates").Select(g => pod.Condition(g.Text("conditionType")).Text("status") == "True").ToList();
        return gates.Count == 0 ? Cells.None : $"{gates.Count(isTrue => isTrue)}/{gates.Count}";
    }
}
