using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

internal sealed class StatefulSetStrategy : ResourceStrategy
{
    private static readonly string[] Changeable =
        ["replicas", "ordinals", "template", "updateStrategy", "revisionHistoryLimit", "persistentVolumeClaimRetentionPolicy", "minReadySeconds"];

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("podManagementPolicy", "OrderedReady");
        spec.SetDefault("replicas", 1);
        spec.SetDefault("revisionHistoryLimit", 10);
        var update = spec.ObjectAt("updateStrategy");
        update.SetDefault("type", "RollingUpdate");
        if (update.Text("type") == "RollingUpdate")
            update.ObjectAt("rollingUpdate").SetDefault("partition", 0);
        var retention = spec.ObjectAt("persistentVolumeClaimRetentionPolicy");
        retention.SetDefault("whenDeleted", "Retain");
        retention.SetDefault("whenScaled", "Retain");
        foreach (var claim in spec.Objects("volumeClaimTemplates"))
        {
            claim.SetDefault("apiVersion", "v1");
            claim.SetDefault("kind", "PersistentVolumeClaim");
            claim.Object("spec")?.SetDefault("volumeMode", "Filesystem");
            claim.ObjectAt("status").SetDefault("phase", "Pending");
        }
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        var management = spec["podManagementPolicy"];
        if (management.Required() && management.Text is not ("OrderedReady" or "Parallel"))
            management.Invalid("must be 'OrderedReady' or 'Parallel'");
        CheckUpdateStrategy(spec["updateStrategy"]);
        spec["persistentVolumeClaimRetentionPolicy"]["whenDeleted"].OneOf("Retain", "Delete");
        spec["persistentVolumeClaimRetentionPolicy"]["whenScaled"].OneOf("Retain", "Delete");
        spec["replicas"].NonNegative();
        spec["minReadySeconds"].NonNegative();
        spec["revisionHistoryLimit"].NonNegative();
        spec["ordinals"]["start"].NonNegative();
        spec["serviceName"].Dns1035Label();
        foreach (var claim in spec["volumeClaimTemplates"].Items)
            PersistentVolumeClaimStrategy.CheckSpec(claim["spec"]);
        CheckSelectorAndTemplate(spec);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var (now, before) = (Fixed(document["spec"].Object), Fixed(old.Object("spec")));
        if (!JsonNode.DeepEquals(now, before))
        {
            document["spec"].Forbidden("updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
                + "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        }
    }

    private static void CheckUpdateStrategy(Field update)
    {
        var rolling = update["rollingUpdate"];
        switch (update["type"].Text)
        {
            case "":
                update.Missing();
                break;
            case "OnDelete" when rolling.IsPresent:
                rolling.Invalid("only allowed for updateStrategy 'RollingUpdate'");
                break;
            case "OnDelete":
                break;
            case "RollingUpdate":
                rolling["partition"].NonNegative();
                rolling["maxUnavailable"].NumberOrPercent();
                rolling["maxUnavailable"].NotMoreThanAll();
                if (rolling["maxUnavailable"].IsPresent && DeploymentStrategy.IsZero(rolling["maxUnavailable"]))
                    rolling["maxUnavailable"].Invalid("cannot be 0");
                break;
            default:
                update["type"].Invalid("must be 'RollingUpdate' or 'OnDelete'");
                break;
        }
    }

    /// <summary>Its claims' names stand for volumes: the template's own volumes of those names are not there to check against.</summary>
    private static void CheckSelectorAndTemplate(Field spec)
    {
        var claims = spec["volumeClaimTemplates"].Items.Select(c => c["metadata"]["name"].Text).ToList();
        if (claims.Count == 0 || spec["template"].Object is null)
        {
            WorkloadValidation.CheckSelectorAndTemplate(spec, "StatefulSet", "statefulset");
            return;
        }
        var withClaims = spec.Object!.DeepClone().AsObject();
        var podSpec = withClaims["template"]!.AsObject().ObjectAt("spec");
        var volumes = podSpec["volumes"]?.DeepClone() as JsonArray ?? [];
        foreach (var claim in claims.Where(c => volumes.OfType<JsonObject>().All(v => v.Text("name") != c)))
            volumes.Add((JsonNode)new JsonObject { ["name"] = claim, ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = claim } });
        podSpec["volumes"] = volumes;
        WorkloadValidation.CheckSelectorAndTemplate(spec with { Value = withClaims }, "StatefulSet", "statefulset");
    }

    private static JsonObject Fixed(JsonObject? spec)
    {
        var copy = spec?.DeepClone().AsObject() ?? [];
        foreach (var field in Changeable)
            copy.Remove(field);
        return copy;
    }
}
