using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Autoscaling;

/// <summary>
/// Between autoscaling/v2, in which autoscalers are stored, and v1, which knows one metric, the CPU's utilization. What v1 has no field for it keeps in annotations,
/// so that a v1 client that reads and writes loses nothing.
/// </summary>
internal static class HorizontalPodAutoscalerConversion
{
    private const string MetricSpecs = "autoscaling.alpha.kubernetes.io/metrics";
    private const string MetricStatuses = "autoscaling.alpha.kubernetes.io/current-metrics";
    private const string Conditions = "autoscaling.alpha.kubernetes.io/conditions";
    private const string Behavior = "autoscaling.alpha.kubernetes.io/behavior";

    public static JsonObject ToV1(JsonObject document)
    {
        var copy = document.DeepClone().AsObject();
        copy["apiVersion"] = "autoscaling/v1";
        if (copy["spec"] is JsonObject spec)
        {
            var others = Split(spec, "metrics", IsCpuUtilization, out var cpu);
            if (cpu?.Long("resource", "target", "averageUtilization") is { } target)
                spec["targetCPUUtilizationPercentage"] = target;
            Keep(copy, MetricSpecs, others);
            Keep(copy, Behavior, Take(spec, "behavior"));
        }
        if (copy["status"] is JsonObject status)
        {
            var others = Split(status, "currentMetrics", IsCpuUtilizationStatus, out var cpu);
            if (cpu?.Long("resource", "current", "averageUtilization") is { } current)
                status["currentCPUUtilizationPercentage"] = current;
            Keep(copy, MetricStatuses, others);
            Keep(copy, Conditions, Take(status, "conditions"));
        }
        return copy;
    }

    public static JsonObject ToV2(JsonObject document)
    {
        var copy = document.DeepClone().AsObject();
        copy["apiVersion"] = "autoscaling/v2";
        if (copy["spec"] is JsonObject spec)
        {
            var metrics = Restore(copy, MetricSpecs) as JsonArray ?? [];
            if (Take(spec, "targetCPUUtilizationPercentage") is { } target)
                metrics.Add((JsonNode)Cpu("target", new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = target }));
            SetIfAny(spec, "metrics", metrics);
            if (Restore(copy, Behavior) is { } behavior)
                spec["behavior"] = behavior;
        }
        if (copy["status"] is JsonObject status)
        {
            var metrics = Restore(copy, MetricStatuses) as JsonArray ?? [];
            if (Take(status, "currentCPUUtilizationPercentage") is { } current)
                metrics.Add((JsonNode)Cpu("current", new JsonObject { ["averageUtilization"] = current }));
            SetIfAny(status, "currentMetrics", metrics);
            if (Restore(copy, Conditions) is { } conditions)
                status["conditions"] = conditions;
        }
        if (copy.Annotations is { Count: 0 })
            copy.Metadata.Remove("annotations");
        return copy;
    }

    private static bool IsCpuUtilization(JsonObject metric) => IsCpu(metric) && metric.Has("resource", "target", "averageUtilization");

    private static bool IsCpuUtilizationStatus(JsonObject metric) => IsCpu(metric) && metric.Has("resource", "current", "averageUtilization");

    private static bool IsCpu(JsonObject metric) => metric.Text("type") == "Resource" && metric.Text("resource", "name") == "cpu";

    private static JsonObject Cpu(string field, JsonObject value) =>
        new() { ["type"] = "Resource", ["resource"] = new JsonObject { ["name"] = "cpu", [field] = value } };

    /// <summary>Takes the list <paramref name="field"/> out: the first item that <paramref name="isOwn"/>, which v1 has a field for, and the others.</summary>
    private static JsonArray? Split(JsonObject parent, string field, Func<JsonObject, bool> isOwn, out JsonObject? own)
    {
        own = null;
        if (Take(parent, field) is not JsonArray list)
            return null;
        own = list.OfType<JsonObject>().FirstOrDefault(isOwn);
        if (own is not null)
            list.Remove(own);
        return list.Count == 0 ? null : list;
    }

    private static JsonNode? Take(JsonObject parent, string field)
    {
        var value = parent[field];
        parent.Remove(field);
        return value;
    }

    private static void SetIfAny(JsonObject parent, string field, JsonArray list)
    {
        if (list.Count > 0)
            parent[field] = list;
    }

    private static void Keep(JsonObject document, string annotation, JsonNode? value)
    {
        if (value is not null)
            document.Metadata.ObjectAt("annotations")[annotation] = value.ToJsonString();
    }

    private static JsonNode? Restore(JsonObject document, string annotation)
    {
        if (document.Annotations is not { } annotations || annotations.StringAt(annotation) is not { } text)
            return null;
        annotations.Remove(annotation);
        try
        {
            return JsonText.Parse(Encoding.UTF8.GetBytes(text));
        }
        catch (FormatException)
        {
            return null; // a client wrote something else there; upstream drops it too
        }
    }
}
