using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Tables;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

internal sealed class DeploymentStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("replicas", 1);
        spec.SetDefault("revisionHistoryLimit", 10);
        spec.SetDefault("progressDeadlineSeconds", 600);
        var strategy = spec.ObjectAt("strategy");
        strategy.SetDefault("type", "RollingUpdate");
        if (strategy.Text("type") == "RollingUpdate")
        {
            var rolling = strategy.ObjectAt("rollingUpdate");
            rolling.SetDefault("maxUnavailable", "25%");
            rolling.SetDefault("maxSurge", "25%");
        }
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["replicas"].NonNegative();
        WorkloadValidation.CheckSelectorAndTemplate(spec, "ReplicaSet", "deployment");
        CheckRollout(spec["strategy"]);
        spec["minReadySeconds"].NonNegative();
        spec["revisionHistoryLimit"].NonNegative();
        spec["progressDeadlineSeconds"].NonNegative();
        if (spec["progressDeadlineSeconds"].Number is { } deadline && deadline <= (spec["minReadySeconds"].Number ?? 0))
            spec["progressDeadlineSeconds"].Invalid("must be greater than minReadySeconds");
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["spec"]["selector"].Immutable(old.Node("spec", "selector"));
    }

    private static void CheckRollout(Field strategy)
    {
        var rolling = strategy["rollingUpdate"];
        switch (strategy["type"].Text)
        {
            case "Recreate" when rolling.IsPresent:
                rolling.Forbidden("may not be specified when strategy `type` is 'Recreate'");
                break;
            case "RollingUpdate":
                rolling["maxUnavailable"].NumberOrPercent();
                rolling["maxSurge"].NumberOrPercent();
                if (IsZero(rolling["maxUnavailable"]) && IsZero(rolling["maxSurge"]))
                    rolling["maxUnavailable"].Invalid("may not be 0 when `maxSurge` is 0");
                rolling["maxUnavailable"].NotMoreThanAll();
                break;
            default:
                strategy["type"].OneOf("Recreate", "RollingUpdate");
                break;
        }
    }

    /// <summary>Neither a number nor a percentage above zero.</summary>
    public static bool IsZero(Field amount) => Cells.Scalar(amount.Value) is "0" or "0%" or "";
}
