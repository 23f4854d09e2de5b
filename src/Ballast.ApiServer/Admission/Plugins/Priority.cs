using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>Turns a pod's priority class into its number and preemption policy; there is at most one default class.</summary>
internal sealed class Priority(AdmissionObjects objects) : IMutatingAdmission, IValidatingAdmission
{
    private const string Group = "scheduling.k8s.io";
    private const string PreemptLowerPriority = "PreemptLowerPriority";
    private static readonly GroupResource Classes = new(Group, "priorityclasses");

    public string Name => "Priority";

    public bool Handles(AdmissionOperation operation) => operation is AdmissionOperation.Create or AdmissionOperation.Update;

    public async ValueTask AdmitAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is("", "pods") || attributes.Document is not { } pod)
            return;
        var spec = pod.ObjectAt("spec");
        if (attributes.Operation == AdmissionOperation.Update)
            KeepWhatWasDecided(spec, attributes.Old?["spec"] as JsonObject ?? []);
        else
            await ResolveAsync(attributes, spec, cancel);
    }

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is(Group, "priorityclasses") || attributes.Document?.BoolAt("globalDefault") != true)
            return;
        var existing = await DefaultClassAsync(cancel);
        if (existing is not null && (attributes.Operation == AdmissionOperation.Create || existing.Name != attributes.Name))
            throw attributes.Forbid($"PriorityClass {existing.Name} is already marked as default. Only one default can exist");
    }

    private static void KeepWhatWasDecided(JsonObject spec, JsonObject old)
    {
        foreach (var field in (ReadOnlySpan<string>)["priority", "preemptionPolicy"])
        {
            if (old[field] is { } decided)
                _ = spec.SetDefault(field, decided.DeepClone());
        }
    }

    private async Task ResolveAsync(AdmissionAttributes attributes, JsonObject spec, CancellationToken cancel)
    {
        var (className, priority, policy) = await ClassOfAsync(attributes, spec.StringAt("priorityClassName") ?? "", cancel);
        if (className.Length > 0)
            spec["priorityClassName"] = className;
        if (spec.LongAt("priority") is { } given && given != priority)
            throw attributes.Forbid($"the integer value of priority ({given}) must not be provided in pod spec; priority admission controller computed {priority} from the given PriorityClass name");
        spec["priority"] = priority;
        if (spec.StringAt("preemptionPolicy") is { } asked && asked != policy)
            throw attributes.Forbid($"the string value of PreemptionPolicy ({asked}) must not be provided in pod spec; priority admission controller computed {policy} from the given PriorityClass name");
        spec["preemptionPolicy"] = policy;
    }

    private async Task<(string Name, long Value, string Policy)> ClassOfAsync(AdmissionAttributes attributes, string name, CancellationToken cancel)
    {
        var found = name.Length == 0
            ? await DefaultClassAsync(cancel)
            : await objects.FindAsync(Classes, "", name, cancel) ?? throw attributes.Forbid($"no PriorityClass with name {name} was found");
        return found is null ? ("", 0, PreemptLowerPriority) : (found.Name, found.LongAt("value") ?? 0, found.StringAt("preemptionPolicy") ?? PreemptLowerPriority);
    }

    // Two defaults can only come from before this check or from a race; the lower one harms less.
    private async Task<JsonObject?> DefaultClassAsync(CancellationToken cancel) =>
        (await objects.ListAsync(Classes, "", cancel)).Where(c => c.BoolAt("globalDefault") == true).MinBy(c => c.LongAt("value") ?? 0);
}
