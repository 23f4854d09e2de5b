using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Autoscaling;

/// <summary>The metrics that an autoscaler goes by, and the targets it keeps them at.</summary>
internal static class MetricValidation
{
    // In the order in which upstream looks at them: of several, the first is checked, the others are refused.
    private static readonly string[] Sources = ["object", "external", "pods", "resource", "containerResource"];

    public static void Check(Field metric)
    {
        var type = metric["type"];
        type.Required("must specify a metric source type");
        var present = Sources.Where(s => metric[s].IsPresent).ToList();
        if (present.Count > 0)
            CheckSource(metric[present[0]], present[0]);
        var expected = type.Text switch
        {
            "Object" => "object",
            "External" => "external",
            "Pods" => "pods",
            "Resource" => "resource",
            "ContainerResource" => "containerResource",
            _ => "",
        };
        if (expected.Length == 0)
            type.Add(FieldError.NotSupported(type.Path, type.Text, "ContainerResource", "External", "Object", "Pods", "Resource"));
        else if (!metric[expected].IsPresent)
            metric[expected].Missing("must populate information for the given metric source");
        if (present.Count > 1)
        {
            foreach (var other in present.Where(p => p != expected))
                metric[other].Forbidden("must populate the given metric source only");
        }
    }

    /// <summary>An object of any kind, by kind and name.</summary>
    public static void CheckReference(Field reference)
    {
        foreach (var field in (ReadOnlySpan<string>)["kind", "name"])
        {
            if (reference[field].Required())
                reference[field].PathSegment();
        }
    }

    private static void CheckSource(Field source, string kind)
    {
        switch (kind)
        {
            case "object":
                CheckReference(source["describedObject"]);
                CheckIdentifier(source["metric"]);
                CheckTarget(source["target"]);
                CheckEither(source["target"], "averageValue", "must set either a target value or averageValue");
                break;
            case "external":
                CheckIdentifier(source["metric"]);
                CheckTarget(source["target"]);
                CheckEither(source["target"], "averageValue", "must set either a target value for metric or a per-pod target");
                if (source["target"]["value"].IsPresent && source["target"]["averageValue"].IsPresent)
                    source["target"]["value"].Forbidden("may not set both a target value for metric and a per-pod target");
                break;
            case "pods":
                CheckIdentifier(source["metric"]);
                CheckTarget(source["target"]);
                if (!source["target"]["averageValue"].IsPresent)
                    source["target"]["averageValue"].Missing("must specify a positive target averageValue");
                break;
            default:
                source["name"].Required("must specify a resource name");
                if (kind == "containerResource" && source["container"].Required("must specify a container"))
                    source["container"].DnsLabel();
                CheckTarget(source["target"]);
                CheckResourceTarget(source["target"]);
                break;
        }
    }

    private static void CheckIdentifier(Field metric)
    {
        if (metric["name"].Required("must specify a metric name"))
            metric["name"].PathSegment();
    }

    private static void CheckTarget(Field target)
    {
        var type = target["type"];
        type.Required("must specify a metric target type");
        if (type.Text is not ("Utilization" or "Value" or "AverageValue"))
            type.Add(FieldError.Invalid(type.Path, type.Text, "must be either Utilization, Value, or AverageValue"));
        foreach (var amount in (ReadOnlySpan<string>)["value", "averageValue"])
        {
            if (target[amount].AnyQuantity() is { Sign: <= 0 })
                target[amount].Invalid("must be positive");
        }
        if (target["averageUtilization"].Number < 1)
            target["averageUtilization"].Invalid("must be greater than 0");
    }

    private static void CheckEither(Field target, string told, string detail)
    {
        if (!target["value"].IsPresent && !target["averageValue"].IsPresent)
            target[told].Missing(detail);
    }

    private static void CheckResourceTarget(Field target)
    {
        var (utilization, amount) = (target["averageUtilization"].IsPresent, target["averageValue"].IsPresent);
        if (!utilization && !amount)
            target["averageUtilization"].Missing("must set either a target raw value or a target utilization");
        if (utilization && amount)
            target["averageValue"].Forbidden("may not set both a target raw value and a target utilization");
    }
}
