using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Batch;

/// <summary>What a Job makes of the ways in which its pods fail.</summary>
internal static class PodFailurePolicyValidation
{
    private const int MaxRules = 20;
    private const int MaxPatterns = 20;
    private const int MaxExitCodes = 255;

    private static readonly string[] Actions = ["Count", "FailIndex", "FailJob", "Ignore"];
    private static readonly string[] Operators = ["In", "NotIn"];
    private static readonly string[] Statuses = ["False", "True", "Unknown"];

    /// <param name="spec">The Job's: rules name its containers.</param>
    public static void Check(Field spec)
    {
        var rules = spec["podFailurePolicy"]["rules"];
        rules.MaxItems(MaxRules);
        var podSpec = spec["template"]["spec"];
        var containers = podSpec["containers"].Items.Concat(podSpec["initContainers"].Items).Select(c => c["name"].Text).ToHashSet();
        foreach (var rule in rules.Items)
            CheckRule(rule, spec["backoffLimitPerIndex"].IsPresent, containers);
    }

    private static void CheckRule(Field rule, bool isPerIndex, HashSet<string> containers)
    {
        RequireOneOf(rule["action"], Actions);
        if (rule["action"].Text == "FailIndex" && !isPerIndex)
            rule["action"].Invalid("requires the backoffLimitPerIndex to be set");
        var (byExitCode, byCondition) = (rule["onExitCodes"].IsPresent, !rule["onPodConditions"].IsEmpty);
        if (byExitCode)
            CheckExitCodes(rule["onExitCodes"], containers);
        if (byCondition)
            CheckConditions(rule["onPodConditions"]);
        if (byExitCode && byCondition)
            rule.InvalidAsAWhole("specifying both OnExitCodes and OnPodConditions is not supported");
        if (!byExitCode && !byCondition)
            rule.InvalidAsAWhole("specifying one of OnExitCodes and OnPodConditions is required");
    }

    private static void CheckConditions(Field patterns)
    {
        patterns.MaxItems(MaxPatterns);
        foreach (var pattern in patterns.Items)
        {
            pattern["type"].Invalid(NameRules.QualifiedName(pattern["type"].Text));
            RequireOneOf(pattern["status"], Statuses);
        }
    }

    private static void CheckExitCodes(Field codes, HashSet<string> containers)
    {
        RequireOneOf(codes["operator"], Operators);
        if (codes["containerName"].IsPresent && !containers.Contains(codes["containerName"].Text))
            codes["containerName"].Invalid("must be one of the container or initContainer names in the pod template");
        var values = codes["values"];
        if (values.IsEmpty)
            values.Add(FieldError.Invalid(values.Path, values.Value ?? new System.Text.Json.Nodes.JsonArray(), "at least one value is required"));
        values.MaxItems(MaxExitCodes);
        var (seen, isOrdered, before) = (new HashSet<long>(), true, long.MinValue);
        foreach (var value in values.Items)
        {
            var code = value.Number ?? 0;
            if (code == 0 && codes["operator"].Text == "In")
                value.Invalid("must not be 0 for the In operator");
            if (!seen.Add(code))
                value.Duplicate();
            (isOrdered, before) = (isOrdered && before <= code, code);
        }
        if (!isOrdered)
            values.Invalid("must be ordered");
    }

    private static void RequireOneOf(Field field, string[] supported)
    {
        if (field.Required($"valid values: [{string.Join(' ', supported.Select(s => $"\"{s}\""))}]"))
            field.OneOf(supported);
    }
}
