using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Apps;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class ReplicationControllerStrategy : ResourceStrategy
{
    public ReplicationControllerStrategy() => DefaultPropagationPolicy = "Orphan";

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("replicas", 1);
        if (spec.Object("template", "metadata", "labels") is { Count: > 0 } labels)
        {
            if (spec.Count("selector") == 0)
                spec["selector"] = labels.DeepClone();
            if (document.Labels is not { Count: > 0 })
                document.Metadata["labels"] = labels.DeepClone();
        }
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["replicas"].NonNegative();
        spec["minReadySeconds"].NonNegative();
        spec["selector"].Required();
        var selector = new JsonObject { ["matchLabels"] = spec["selector"].Value?.DeepClone() };
        WorkloadValidation.CheckTemplate(spec["template"], selector);
        WorkloadValidation.CheckRunsForEver(spec["template"]["spec"], "ReplicationController");
    }
}
