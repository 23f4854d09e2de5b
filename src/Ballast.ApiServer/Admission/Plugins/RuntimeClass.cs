using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A pod with a runtime class gets its overhead, and goes where that runtime is.</summary>
internal sealed class RuntimeClass(AdmissionObjects objects) : IMutatingAdmission, IValidatingAdmission
{
    private static readonly GroupResource Classes = new("node.k8s.io", "runtimeclasses");

    public string Name => "RuntimeClass";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (await ClassOfAsync(attributes, cancel) is not { } found)
            return;
        var spec = attributes.Document!.ObjectAt("spec");
        if (found["overhead"]?["podFixed"] is JsonObject overhead)
            _ = spec.SetDefault("overhead", overhead.DeepClone());
        if (found["scheduling"] is not JsonObject scheduling)
            return;
        foreach (var (key, value) in scheduling["nodeSelector"] as JsonObject ?? [])
        {
            var selector = spec.ObjectAt("nodeSelector");
            if (!selector.SetDefault(key, value!.DeepClone()) && !JsonNode.DeepEquals(selector[key], value))
                throw attributes.Forbid($"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value}; pod.spec.nodeSelector[{key}] = {selector[key]}");
        }
        foreach (var toleration in scheduling["tolerations"] as JsonArray ?? [])
        {
            if (spec["tolerations"] is not JsonArray tolerations)
                spec["tolerations"] = tolerations = [];
            if (!tolerations.Any(t => JsonNode.DeepEquals(t, toleration)))
                tolerations.Add(toleration!.DeepClone());
        }
    }

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "pods") || attributes.Document?["spec"] is not JsonObject spec)
            return;
        var wanted = (await ClassOfAsync(attributes, cancel))?["overhead"]?["podFixed"];
        var given = spec["overhead"] as JsonObject;
        if (given is { Count: > 0 } && wanted is null)
            throw attributes.Forbid("pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
        if (wanted is not null && !JsonNode.DeepEquals(given, wanted))
            throw attributes.Forbid("pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    }

    private async ValueTask<JsonObject?> ClassOfAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "pods") || (attributes.Document?["spec"] as JsonObject)?.StringAt("runtimeClassName") is not { Length: > 0 } name)
            return null;
        return await objects.FindAsync(Classes, "", name, cancel) ?? throw attributes.Forbid($"pod rejected: RuntimeClass \"{name}\" not found");
    }
}
