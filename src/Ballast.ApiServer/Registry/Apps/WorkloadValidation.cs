using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Selectors;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Apps;

/// <summary>What the kinds that make pods from a template check alike.</summary>
internal static class WorkloadValidation
{
    /// <summary>Selector and template of a kind whose pods run for ever.</summary>
    /// <param name="spec">The kind's spec.</param>
    /// <param name="kind">As messages about its pods name it: for Deployments that is the ReplicaSet.</param>
    /// <param name="selecting">As messages about its selector do.</param>
    public static void CheckSelectorAndTemplate(Field spec, string kind, string selecting)
    {
        var selector = spec["selector"];
        if (!selector.IsPresent)
        {
            selector.Missing();
        }
        else
        {
            selector.LabelSelector();
            if (selector.IsEmpty || (selector["matchLabels"].IsEmpty && selector["matchExpressions"].IsEmpty))
                selector.Invalid($"empty selector is invalid for {selecting}");
        }
        CheckTemplate(spec["template"], selector.Object);
        CheckRunsForEver(spec["template"]["spec"], kind);
    }

    public static void CheckTemplate(Field template, JsonObject? selector)
    {
        if (!template.IsPresent)
        {
            template.Missing();
            return;
        }
        PodSpecValidation.CheckTemplate(template);
        var labels = template["metadata"]["labels"];
        if (selector is { Count: > 0 } && IsWellFormed(selector, out var parsed) && !parsed.Matches(labels.Object))
            labels.Add(FieldError.Invalid(labels.Path, labels.Object ?? [], "`selector` does not match template `labels`"));
    }

    public static void CheckRunsForEver(Field podSpec, string kind)
    {
        if (!podSpec["restartPolicy"].IsEmpty && podSpec["restartPolicy"].Text != "Always")
            podSpec["restartPolicy"].OneOf("Always");
        if (podSpec["activeDeadlineSeconds"].IsPresent)
            podSpec["activeDeadlineSeconds"].Forbidden($"activeDeadlineSeconds in {kind} is not Supported");
    }

    private static bool IsWellFormed(JsonObject selector, out LabelSelector parsed)
    {
        try
        {
            parsed = LabelSelector.From(selector);
            return true;
        }
        catch (StatusException)
        {
            parsed = LabelSelector.Nothing; // its own errors are reported already
            return false;
        }
    }
}
