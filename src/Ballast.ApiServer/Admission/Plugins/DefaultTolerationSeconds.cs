using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>A pod stays for five minutes on a node that is not ready or cannot be reached, unless it says otherwise.</summary>
/// <param name="notReadySeconds"><c>--default-not-ready-toleration-seconds</c>.</param>
/// <param name="unreachableSeconds"><c>--default-unreachable-toleration-seconds</c>.</param>
internal sealed class DefaultTolerationSeconds(long notReadySeconds = 300, long unreachableSeconds = 300) : IMutatingAdmission
{
    public string Name => "DefaultTolerationSeconds";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update;

    public ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (attributes.Is("", "pods") && attributes.Document is { } pod)
        {
            var spec = pod.ObjectAt("spec");
            Tolerate(spec, "node.kubernetes.io/not-ready", notReadySeconds);
            Tolerate(spec, "node.kubernetes.io/unreachable", unreachableSeconds);
        }
        return default;
    }

    private static void Tolerate(JsonObject spec, string taint, long seconds)
    {
        var tolerations = spec["tolerations"] as JsonArray;
        if (tolerations?.OfType<JsonObject>().Any(t => Covers(t, taint)) == true)
            return;
        if (tolerations is null)
            spec["tolerations"] = tolerations = [];
        tolerations.Add((JsonNode)new JsonObject { ["key"] = taint, ["operator"] = "Exists", ["effect"] = "NoExecute", ["tolerationSeconds"] = seconds });
    }

    private static bool Covers(JsonObject toleration, string taint) =>
        (toleration.StringAt("key") is null or "" || toleration.StringAt("key") == taint) && toleration.StringAt("effect") is null or "" or "NoExecute";
}
