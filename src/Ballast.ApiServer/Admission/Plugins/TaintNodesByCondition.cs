using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A new node takes no pods until the node lifecycle controller has seen it ready: there is no moment without the taint.</summary>
internal sealed class TaintNodesByCondition : IMutatingAdmission
{
    private const string NotReady = "node.kubernetes.io/not-ready";
    private const string NoSchedule = "NoSchedule";

    public string Name => "TaintNodesByCondition";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "nodes") || attributes.Document is not { } node)
            return default;
        var spec = node.ObjectAt("spec");
        if (spec["taints"] is not JsonArray taints)
            spec["taints"] = taints = [];
        if (!taints.OfType<JsonObject>().Any(t => t.StringAt("key") == NotReady && t.StringAt("effect") == NoSchedule))
            taints.Add((JsonNode)new JsonObject { ["key"] = NotReady, ["effect"] = NoSchedule });
        return default;
    }
}
