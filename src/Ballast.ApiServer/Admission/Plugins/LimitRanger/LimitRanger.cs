using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins.LimitRanger;

/// <summary>Containers without requests and limits get the namespace's, and nothing may be smaller or larger than its LimitRanges say.</summary>
internal sealed class LimitRanger(AdmissionObjects objects) : IMutatingAdmission, IValidatingAdmission
{
    private const string Annotation = "kubernetes.io/limit-ranger";
    private static readonly GroupResource LimitRanges = new("", "limitranges");

    public string Name => "LimitRanger";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        // The containers of a pod that exists are what they are.
        if (!attributes.Is("", "pods") || attributes.Operation != AdmissionOperation.Create)
            return;
        var pod = attributes.Document!;
        foreach (var limits in await LimitsAsync(attributes, cancel))
        {
            var set = limits.Where(l => l.StringAt("type") == "Container").SelectMany(item => ApplyDefaults(pod.ObjectAt("spec"), item)).ToArray();
            if (set.Length > 0)
                pod.Metadata.ObjectAt("annotations")[Annotation] = "LimitRanger plugin set: " + string.Join("; ", set);
        }
    }

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        var isPod = attributes.Is("", "pods") && attributes.Operation == AdmissionOperation.Create;
        if ((!isPod && !attributes.Is("", "persistentvolumeclaims")) || attributes.Document is not { IsBeingDeleted: false } document)
            return;
        foreach (var limits in await LimitsAsync(attributes, cancel))
        {
            var errors = limits.SelectMany(item => isPod ? CheckPod(document["spec"] as JsonObject ?? [], item) : CheckClaim(document, item)).Distinct().ToArray();
            if (errors.Length > 0)
                throw attributes.Forbid(errors.Length == 1 ? errors[0] : $"[{string.Join(", ", errors)}]");
        }
    }

    private async ValueTask<IEnumerable<JsonObject[]>> LimitsAsync(AdmissionAttributes attributes, CancellationToken cancel) =>
        (await objects.ListAsync(LimitRanges, attributes.Request.Namespace, cancel))
            .Select(range => PodReferences.Items(range["spec"] as JsonObject ?? [], "limits").ToArray());

    /// <summary>Returns what was set, for the annotation.</summary>
    private static IEnumerable<string> ApplyDefaults(JsonObject spec, JsonObject item) =>
        PodReferences.Items(spec, "containers").SelectMany(c => ApplyDefaults(c, "container", item))
            .Concat(PodReferences.Items(spec, "initContainers").SelectMany(c => ApplyDefaults(c, "init container", item)));

    private static IEnumerable<string> ApplyDefaults(JsonObject container, string title, JsonObject item)
    {
        var resources = container.ObjectAt("resources");
        var name = container.StringAt("name");
        var requests = Merge(resources, "requests", item["defaultRequest"] as JsonObject ?? []);
        if (requests.Length > 0)
            yield return $"{string.Join(", ", requests)} request for {title} {name}";
        var limits = Merge(resources, "limits", item["default"] as JsonObject ?? []);
        if (limits.Length > 0)
            yield return $"{string.Join(", ", limits)} limit for {title} {name}";
    }

    private static string[] Merge(JsonObject resources, string field, JsonObject defaults) =>
        [.. defaults.Where(d => resources.ObjectAt(field).SetDefault(d.Key, d.Value!.DeepClone())).Select(d => d.Key).Order(StringComparer.Ordinal)];

    private static IEnumerable<string> CheckPod(JsonObject spec, JsonObject item) => item.StringAt("type") switch
    {
        "Container" => PodReferences.Items(spec, "containers").Concat(PodReferences.Items(spec, "initContainers"))
            .SelectMany(c => LimitRangeItem.Check(item, ResourceAmounts.Of(c, "requests"), ResourceAmounts.Of(c, "limits"))),
        "Pod" => LimitRangeItem.Check(item, ResourceAmounts.OfPod(spec, "requests"), ResourceAmounts.OfPod(spec, "limits")),
        _ => [],
    };

    private static IEnumerable<string> CheckClaim(JsonObject claim, JsonObject item) => item.StringAt("type") != "PersistentVolumeClaim"
        ? []
        : LimitRangeItem.Check(item, ResourceAmounts.Of(claim["spec"] as JsonObject ?? [], "requests"), null);
}
