using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

internal sealed class ReplicaSetStrategy : ResourceStrategy
{
    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("replicas", 1);
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        spec["replicas"].NonNegative();
        spec["minReadySeconds"].NonNegative();
        WorkloadValidation.CheckSelectorAndTemplate(spec, "ReplicaSet", "deployment");
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        document["spec"]["selector"].Immutable(old.Node("spec", "selector"));
    }
}
