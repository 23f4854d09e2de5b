using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Apps;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Batch;

internal sealed class JobStrategy : ResourceStrategy
{
    private const string Prefix = "batch.kubernetes.io/";

    /// <summary>What a job that is suspended and has not started may still change in its template.</summary>
    private static readonly string[] Placement = ["affinity", "nodeSelector", "tolerations", "schedulingGates"];

    public JobStrategy() => DefaultPropagationPolicy = "Orphan";

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        if (spec["completions"] is null && spec["parallelism"] is null)
            spec["completions"] = 1;
        spec.SetDefault("parallelism", 1);
        spec.SetDefault("backoffLimit", spec.Has("backoffLimitPerIndex") ? int.MaxValue : 6);
        spec.SetDefault("completionMode", "NonIndexed");
        spec.SetDefault("suspend", false);
        spec.SetDefault("podReplacementPolicy", spec.Has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
        PodSpecDefaults.ApplyToTemplate(spec.Object("template"));
    }

    public override void PrepareForCreate(JsonObject document)
    {
        base.PrepareForCreate(document);
        if (document["spec"] is JsonObject spec && spec.BoolAt("manualSelector") != true)
            SelectByUid(spec, document.Name, document.Uid);
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        JobSpecValidation.Check(spec);
        CheckHostnames(document);
        spec["selector"].Required();
        spec["selector"].LabelSelector();
        if (!spec["manualSelector"].IsTrue && spec["selector"]["matchLabels"].Object is { } labels
            && (labels.Count != 1 || labels.Text(Prefix + "controller-uid") != document.Object!.Uid))
        {
            spec["selector"].Invalid("`selector` not auto-generated");
        }
        WorkloadValidation.CheckTemplate(spec["template"], spec["selector"].Object);
    }

    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        var (spec, before) = (document["spec"], old.Object("spec"));
        CheckCompletionsUnchanged(spec, before);
        foreach (var field in (ReadOnlySpan<string>)["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy", "successPolicy"])
            spec[field].Immutable(before.Node(field));
        CheckTemplateUnchanged(spec["template"], old);
    }

    /// <summary>The pods of an indexed job get the job's name and their index as their host's name.</summary>
    private static void CheckHostnames(Field document)
    {
        var (name, completions) = (document["metadata"]["name"], document["spec"]["completions"].Number);
        if (document["spec"]["completionMode"].Text != "Indexed" || completions is not > 0)
            return;
        var last = $"{name.Text}-{completions - 1}";
        if (NameRules.DnsLabel(last).Any())
            name.Invalid($"will not able to create pod with invalid DNS label: {last}");
    }

    /// <summary>An indexed job may grow and shrink, all of it at once.</summary>
    private static void CheckCompletionsUnchanged(Field spec, JsonObject? before)
    {
        var completions = spec["completions"];
        if (spec["completionMode"].Text != "Indexed")
            completions.Immutable(before.Node("completions"));
        else if (completions.IsPresent && completions.Number != before.Long("completions") && completions.Number != spec["parallelism"].Number)
            completions.Invalid("can only be modified in tandem with spec.parallelism");
    }

    /// <summary>Ties the job to its own pods, and no others, by its uid.</summary>
    private static void SelectByUid(JsonObject spec, string name, string uid)
    {
        var labels = spec.ObjectAt("template").ObjectAt("metadata").ObjectAt("labels");
        foreach (var (key, value) in (ReadOnlySpan<(string, string)>)[("controller-uid", uid), ("job-name", name)])
        {
            labels[key] = value;
            labels[Prefix + key] = value;
        }
        spec.ObjectAt("selector").ObjectAt("matchLabels")[Prefix + "controller-uid"] = uid;
    }

    private static void CheckTemplateUnchanged(Field template, JsonObject old)
    {
        if (old.Object("spec", "template") is not { } before)
            return;
        var now = template.Object?.DeepClone().AsObject() ?? [];
        var notStarted = old.Bool("spec", "suspend") == true && !old.Has("status", "startTime");
        if (notStarted && now.Object("spec") is { } spec && before.Object("spec") is { } specBefore)
        {
            foreach (var field in Placement)
                spec.CarryOver(field, specBefore);
            now.CarryOver("metadata", before);
        }
        if (!JsonNode.DeepEquals(now, before))
            template.Add(FieldError.Invalid(template.Path, template.Value, "field is immutable"));
    }
}
