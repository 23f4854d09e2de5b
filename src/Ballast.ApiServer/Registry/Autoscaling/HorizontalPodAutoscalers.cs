using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Autoscaling;

internal static class HorizontalPodAutoscalers
{
    public static ResourceDefinition Definition { get; } = Define();

    private static ResourceDefinition Define()
    {
        var strategy = new HorizontalPodAutoscalerStrategy { HasStatus = true };
        var definition = BuiltIn
            .Namespaced("autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", strategy,
            [
                Column.ObjectName,
                Column.Text("Reference", "spec.scaleTargetRef", d => $"{d.Text("spec", "scaleTargetRef", "kind")}/{d.Text("spec", "scaleTargetRef", "name")}"),
                Column.Text("Targets", "spec.metrics", MetricCells.Format),
                Column.Text("MinPods", "spec.minReplicas", d => Cells.OrUnset(Cells.Scalar(d.Node("spec", "minReplicas")))),
                Column.Number("MaxPods", "spec.maxReplicas", d => d.Long("spec", "maxReplicas") ?? 0),
                Column.Number("Replicas", "status.currentReplicas", d => d.Long("status", "currentReplicas") ?? 0),
                Column.Age,
            ])
            .WithShortNames("hpa")
            .InCategoryAll()
            .WithStatus(new HorizontalPodAutoscalerStatusStrategy(strategy));
        var version1 = new ResourceVersion("v1", new ConvertingTable(definition.Versions[0].Columns, HorizontalPodAutoscalerConversion.ToV2))
        {
            SchemaName = BuiltIn.SchemaName(new("autoscaling", "v1"), "HorizontalPodAutoscaler"),
            FromStorage = HorizontalPodAutoscalerConversion.ToV1,
            ToStorage = HorizontalPodAutoscalerConversion.ToV2,
        };
        return definition with { Versions = [.. definition.Versions, version1] };
    }
}
