using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

internal sealed class DaemonSetStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("revisionHistoryLimit", 10);
        var update = spec.ObjectAt("updateStrategy");
        update.SetDefault("type", "RollingUpdate");
        if (update.Text("type") == "RollingUpdate")
        {
            var rolling = update.ObjectAt("rollingUpdate");
            rolling.SetDefault("maxUnavailable", 1);
            rolling.SetDefault("maxSurge", 0);
        }
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        WorkloadValidation.CheckSelectorAndTemplate(spec, "DaemonSet", "daemonset");
        spec["minReadySeconds"].NonNegative();
        spec["revisionHistoryLimit"].NonNegative();
        CheckUpdateStrategy(spec["updateStrategy"]);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["spec"]["selector"].Immutable(old.Node("spec", "selector"));
    }

    private static void CheckUpdateStrategy(Field update)
    {
        update["type"].OneOf("RollingUpdate", "OnDelete");
        if (update["type"].Text != "RollingUpdate")
            return;
        var rolling = update["rollingUpdate"];
        rolling["maxUnavailable"].NumberOrPercent();
        rolling["maxUnavailable"].NotMoreThanAll();
        rolling["maxSurge"].NumberOrPercent();
        rolling["maxSurge"].NotMoreThanAll();
        var (noneDown, noneMore) = (DeploymentStrategy.IsZero(rolling["maxUnavailable"]), DeploymentStrategy.IsZero(rolling["maxSurge"]));
        if (noneDown && noneMore)
            rolling["maxUnavailable"].Missing("cannot be 0 when maxSurge is 0");
        if (!noneDown && !noneMore)
            rolling["maxSurge"].Invalid("may not be set when maxUnavailable is non-zero");
    }
}
