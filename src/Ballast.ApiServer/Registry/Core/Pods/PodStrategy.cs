using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

internal sealed class PodStrategy : ResourceStrategy
{
    public PodStrategy()
    {
        HasStatus = true;
        HasGeneration = true;
        ReturnsDeletedObject = true;
    }

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("enableServiceLinks", true);
        PodSpecDefaults.Apply(spec);
        var onHost = spec.BoolAt("hostNetwork") == true;
        foreach (var container in spec.Objects("containers").Concat(spec.Objects("initContainers")))
        {
            RequestWhatIsTheLimit(container);
            foreach (var port in container.Objects("ports"))
            {
                if (onHost && port.LongAt("hostPort") is null or 0 && port["containerPort"] is { } own)
                    port["hostPort"] = own.DeepClone();
            }
        }
    }

    public override void PrepareForCreate(JsonObject document)
    {
        if (document["spec"] is JsonObject spec)
            PodSpecDefaults.ShareServiceAccount(spec);
        var status = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQos.Of(document) };
        if (document.Count("spec", "schedulingGates") > 0)
        {
            status["conditions"] = new JsonArray(new JsonObject
            {
                ["type"] = "PodScheduled",
                ["status"] = "False",
                ["reason"] = "SchedulingGated",
                ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
            });
        }
        document["status"] = status;
    }

    public override long? GracePeriodSeconds(JsonObject document, long? asked)
    {
        var nobodyHasIt = document.Text("spec", "nodeName").Length == 0 || document.Text("status", "phase") is "Succeeded" or "Failed";
        if (nobodyHasIt)
            return 0;
        var period = asked ?? document.Long("spec", "terminationGracePeriodSeconds") ?? 0;
        return period < 0 ? 1 : period;
    }

    public override IEnumerable<string> Warnings(JsonObject document, JsonObject? old)
    {
        var spec = document.Object("spec");
        if (spec.Long("terminationGracePeriodSeconds") < 0)
            yield return "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
        foreach (var (key, _) in spec.Object("nodeSelector") ?? [])
        {
            if (key is "beta.kubernetes.io/arch" or "beta.kubernetes.io/os")
                yield return $"spec.nodeSelector[{key}]: deprecated since v1.14; use \"{key["beta.".Length..]}\" instead";
        }
    }

    protected override void Check(Field document)
    {
        PodSpecValidation.Check(document["spec"]);
        var spec = document["spec"];
        if (!spec["ephemeralContainers"].IsEmpty)
            spec["ephemeralContainers"].Forbidden("cannot be set on create");
    }

    protected override void CheckUpdate(Field document, JsonObject old) => PodUpdateValidation.Check(document["spec"], old.Object("spec") ?? []);

    private static void RequestWhatIsTheLimit(JsonObject container)
    {
        if (container.Object("resources", "limits") is not { } limits)
            return;
        var requests = container["resources"]!.AsObject().ObjectAt("requests");
        foreach (var (name, limit) in limits)
            requests.SetDefault(name, limit?.DeepClone()!);
    }
}
