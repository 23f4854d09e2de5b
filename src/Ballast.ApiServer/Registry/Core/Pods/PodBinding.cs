using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>Gives a pod its node, once: what a scheduler posts.</summary>
internal sealed class PodBinding(IResourceCatalog catalog, TimeProvider time) : ICreateSubresource
{
    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        var name = request.Name.Length > 0 ? request.Name : body.Name;
        var errors = Validation.Field.Collect(body, Check);
        if (errors.Count > 0)
            throw StatusException.Invalid(new("", "Binding"), name, errors);

        var pods = catalog.Find(new GroupResource("", "pods")) ?? throw StatusException.ServiceUnavailable("pods are not served");
        await pods.Objects.GuaranteedUpdateAsync($"{request.Namespace}/{name}", pod => Assign(pod, name, body), request.DryRun, cancel).ConfigureAwait(false);
        return new() { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201 };
    }

    private static void Check(Validation.Field binding)
    {
        binding["target"]["kind"].OneOf("Node");
        binding["target"]["name"].Required();
    }

    private JsonObject Assign(JsonObject? pod, string name, JsonObject binding)
    {
        var resource = new GroupResource("", "pods");
        if (pod is null)
            throw StatusException.NotFound(resource, name);
        StatusException Refused(string why) => StatusException.Conflict(new("", "pods/binding"), name, why);
        if (binding.Uid.Length > 0 && binding.Uid != pod.Uid)
            throw Refused($"Precondition failed: UID in precondition: {binding.Uid}, UID in object meta: {pod.Uid}");
        if (pod.IsBeingDeleted)
            throw Refused($"pod {name} is being deleted, cannot be assigned to a host");
        if (pod.Text("spec", "nodeName") is { Length: > 0 } node)
            throw Refused($"pod {name} is already assigned to node \"{node}\"");
        if (pod.Count("spec", "schedulingGates") > 0)
            throw Refused($"pod {name} has non-empty .spec.schedulingGates");

        pod.ObjectAt("spec")["nodeName"] = binding.Text("target", "name");
        foreach (var (key, value) in binding.Annotations ?? [])
            pod.Metadata.ObjectAt("annotations")[key] = value?.DeepClone();
        SetScheduled(pod);
        return pod;
    }

    private void SetScheduled(JsonObject pod)
    {
        var status = pod.ObjectAt("status");
        var conditions = status["conditions"] as JsonArray;
        if (conditions is null)
            status["conditions"] = conditions = [];
        var scheduled = conditions.OfType<JsonObject>().FirstOrDefault(c => c.Text("type") == "PodScheduled");
        if (scheduled is null)
            conditions.Add((JsonNode)(scheduled = new JsonObject { ["type"] = "PodScheduled" }));
        if (scheduled.Text("status") != "True")
            scheduled["lastTransitionTime"] = KubernetesTime.Format(time.GetUtcNow());
        scheduled["status"] = "True";
        scheduled.SetDefault("lastProbeTime", null!);
        scheduled.Remove("reason");
        scheduled.Remove("message");
    }
}
