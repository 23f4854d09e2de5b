using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What the kubelet writes of a pod.</summary>
internal sealed class PodStatusStrategy(PodStrategy main) : StatusStrategy(main)
{
    public override void PrepareForUpdate(JsonObject document, JsonObject old)
    {
        base.PrepareForUpdate(document, old);
        if (old.MetadataOrNull is { } metadata)
            document.Metadata.CarryOver("ownerReferences", metadata);
        if (document.Text("status", "qosClass").Length == 0 && old.Object("status") is { } before)
            document.ObjectAt("status").CarryOver("qosClass", before);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var status = document["status"];
        status["nominatedNodeName"].DnsSubdomain();
        if (old.Text("status", "qosClass") is { Length: > 0 } qos && status["qosClass"].Text != qos)
            status["qosClass"].At(Ballast.ApiMachinery.Validation.FieldPath.Of("status.qosClass")).Invalid("field is immutable");
        CheckRestarts(status["containerStatuses"], old, "containerStatuses", "containers");
        CheckRestarts(status["initContainerStatuses"], old, "initContainerStatuses", "initContainers");
        foreach (var ip in status["podIPs"].Items)
            ip["ip"].Ip();
    }

    /// <summary>A container that ended for good does not run again.</summary>
    private static void CheckRestarts(Field statuses, JsonObject old, string list, string containers)
    {
        var policy = old.Text("spec", "restartPolicy");
        if (policy is "Always" or "" || containers == "initContainers")
            return;
        foreach (var before in old.Objects("status", list))
        {
            if (before.Object("state", "terminated") is not { } ended || (policy == "OnFailure" && ended.Long("exitCode") != 0))
                continue;
            foreach (var now in statuses.Items.Where(s => s["name"].Text == before.Text("name") && !s["state"]["terminated"].IsPresent))
                now["state"].Forbidden("may not be transitioned to non-terminated state");
        }
    }
}
