using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Autoscaling;

/// <summary>An autoscaler's metrics as <c>current/target</c>: <c>cpu: 10%/80%</c>.</summary>
internal static class MetricCells
{
    private const int Shown = 2;

    public static string Format(JsonObject autoscaler)
    {
        var metrics = autoscaler.Objects("spec", "metrics").ToList();
        if (metrics.Count == 0)
            return Cells.None;
        var current = autoscaler.Objects("status", "currentMetrics").ToList();
        var texts = metrics.Select((metric, i) => Metric(metric, current.ElementAtOrDefault(i)));
        var text = string.Join(", ", texts.Take(Shown));
        return metrics.Count > Shown ? $"{text} + {metrics.Count - Shown} more..." : text;
    }

    private static string Metric(JsonObject metric, JsonObject? status) => metric.Text("type") switch
    {
        "External" => Value(metric.Object("external"), status.Object("external")),
        "Object" => Value(metric.Object("object"), status.Object("object")),
        "Pods" => $"{Current(status.Object("pods"), "averageValue")}/{Cells.Scalar(metric.Node("pods", "target", "averageValue"))}",
        "Resource" => Resource(metric.Object("resource"), status.Object("resource")),
        "ContainerResource" => Resource(metric.Object("containerResource"), status.Object("containerResource")),
        _ => "<unknown type>",
    };

    private static string Value(JsonObject? source, JsonObject? status) => source.Node("target", "averageValue") is { } average
        ? $"{Current(status, "averageValue")}/{Cells.Scalar(average)} (avg)"
        : $"{Current(status, "value")}/{Cells.Scalar(source.Node("target", "value"))}";

    private static string Resource(JsonObject? source, JsonObject? status)
    {
        if (source.Node("target", "averageValue") is { } average)
            return $"{source.Text("name")}: {Current(status, "averageValue")}/{Cells.Scalar(average)}";
        var current = status.Long("current", "averageUtilization") is { } now ? $"{now}%" : Cells.Unknown;
        var target = source.Long("target", "averageUtilization") is { } wanted ? $"{wanted}%" : "<auto>";
        return $"{source.Text("name")}: {current}/{target}";
    }

    private static string Current(JsonObject? status, string field) => status.Node("current", field) is { } value ? Cells.Scalar(value) : Cells.Unknown;
}
