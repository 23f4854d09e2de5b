using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Batch;

/// <summary>What a Job's spec and a CronJob's template of one share; selectors are the Job's alone.</summary>
internal static class JobSpecValidation
{
    private const int MaxIndexes = 100_000;
    private const int MaxForManyIndexes = 10_000;
    private const int MaxManagedByLength = 63;

    private static readonly string[] Amounts =
        ["parallelism", "completions", "activeDeadlineSeconds", "backoffLimit", "ttlSecondsAfterFinished", "backoffLimitPerIndex", "maxFailedIndexes"];

    public static void Check(Field spec)
    {
        foreach (var field in Amounts)
            spec[field].NonNegative();
        if (spec["maxFailedIndexes"].IsPresent && !spec["backoffLimitPerIndex"].IsPresent)
            spec["backoffLimitPerIndex"].Missing("when maxFailedIndexes is specified");
        if (spec["managedBy"].IsPresent)
        {
            spec["managedBy"].DomainPrefixedPath();
            spec["managedBy"].MaxLength(MaxManagedByLength);
        }
        spec["completionMode"].OneOf("NonIndexed", "Indexed");
        if (spec["completionMode"].Text == "Indexed")
            CheckIndexed(spec);
        else
            CheckNotIndexed(spec);
        if (spec["podFailurePolicy"].IsPresent)
            PodFailurePolicyValidation.Check(spec);
        CheckReplacement(spec);
        CheckRestartPolicy(spec);
    }

    private static void CheckIndexed(Field spec)
    {
        var (completions, parallelism, failed) = (spec["completions"], spec["parallelism"], spec["maxFailedIndexes"]);
        if (!completions.IsPresent)
            completions.Missing("when completion mode is Indexed");
        if (parallelism.Number > MaxIndexes)
            parallelism.Invalid($"must be less than or equal to {MaxIndexes} when completion mode is Indexed");
        if (failed.Number > completions.Number)
            failed.Invalid("must be less than or equal to completions");
        if (failed.Number > MaxIndexes)
            failed.Invalid($"must be less than or equal to {MaxIndexes}");
        if (completions.Number > MaxIndexes && spec["backoffLimitPerIndex"].IsPresent)
            CheckManyIndexes(parallelism, failed);
        if (spec["successPolicy"].IsPresent && completions.IsPresent)
            SuccessPolicyValidation.Check(spec["successPolicy"], completions.Number ?? 0);
    }

    /// <summary>So that the lists of indexes in the status stay short.</summary>
    private static void CheckManyIndexes(Field parallelism, Field failed)
    {
        const string Reason = "must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index";
        if (!failed.IsPresent)
            failed.Missing($"must be specified when completions is above {MaxIndexes}");
        if (parallelism.Number > MaxForManyIndexes)
            parallelism.Invalid(Reason);
        if (failed.Number > MaxForManyIndexes)
            failed.Invalid(Reason);
    }

    private static void CheckNotIndexed(Field spec)
    {
        foreach (var field in (ReadOnlySpan<string>)["backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"])
        {
            if (spec[field].IsPresent)
                spec[field].Invalid("requires indexed completion mode");
        }
    }

    private static void CheckReplacement(Field spec)
    {
        if (spec["podFailurePolicy"].IsPresent)
            spec["podReplacementPolicy"].OneOf("Failed");
        else
            spec["podReplacementPolicy"].OneOf("Failed", "TerminatingOrFailed");
    }

    private static void CheckRestartPolicy(Field spec)
    {
        var restart = spec["template"]["spec"]["restartPolicy"];
        if (restart.Text is "" or "Always")
            restart.Missing("valid values: \"OnFailure\", \"Never\"");
        else if (restart.Text is not ("OnFailure" or "Never"))
            restart.OneOf("OnFailure", "Never");
        else if (spec["podFailurePolicy"].IsPresent && restart.Text != "Never")
            restart.Invalid("only \"Never\" is supported when podFailurePolicy is specified");
    }
}
