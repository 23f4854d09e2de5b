using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Autoscaling;

internal sealed class HorizontalPodAutoscalerStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("minReplicas", 1);
        if (spec.Count("metrics") == 0)
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 80 } },
            });
        }
        if (spec["behavior"] is not JsonObject behavior)
            return;
        DefaultRules(behavior.ObjectAt("scaleUp"), Policy("Pods", 4), Policy("Percent", 100));
        DefaultRules(behavior.ObjectAt("scaleDown"), Policy("Percent", 100));
        behavior.ObjectAt("scaleUp").SetDefault("stabilizationWindowSeconds", 0);
    }

    protected override void Check(Field document) => CheckSpec(document["spec"], leastReplicas: 1);

    /// <summary>What scales to zero already may go on doing so.</summary>
    protected override void CheckUpdate(Field document, JsonObject old) => CheckSpec(document["spec"], old.Long("spec", "minReplicas") == 0 ? 0 : 1);

    private static void CheckSpec(Field spec, long leastReplicas)
    {
        var (min, max) = (spec["minReplicas"], spec["maxReplicas"]);
        if (min.Number < leastReplicas)
            min.Invalid($"must be greater than or equal to {leastReplicas}");
        if ((max.Number ?? 0) < 1)
            max.Add(FieldError.Invalid(max.Path, max.Number ?? 0, "must be greater than 0"));
        if (min.Number > (max.Number ?? 0))
            max.Add(FieldError.Invalid(max.Path, max.Number ?? 0, "must be greater than or equal to `minReplicas`"));
        MetricValidation.CheckReference(spec["scaleTargetRef"]);
        foreach (var metric in spec["metrics"].Items)
            MetricValidation.Check(metric);
        if (min.Number == 0 && !spec["metrics"].Items.Any(m => m["type"].Text is "Object" or "External"))
            spec["metrics"].Forbidden("must specify at least one Object or External metric to support scaling to zero replicas");
        if (spec["behavior"].IsPresent)
            ScalingRulesValidation.Check(spec["behavior"]);
    }

    private static void DefaultRules(JsonObject rules, params JsonObject[] policies)
    {
        rules.SetDefault("selectPolicy", "Max");
        if (rules.Count("policies") == 0)
            rules["policies"] = new JsonArray([.. policies]);
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15 };
}

/// <summary>What the autoscaler writes of what it saw and did.</summary>
internal sealed class HorizontalPodAutoscalerStatusStrategy(HorizontalPodAutoscalerStrategy main) : StatusStrategy(main)
{
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        document["status"]["currentReplicas"].NonNegative();
        document["status"]["desiredReplicas"].NonNegative();
    }
}
