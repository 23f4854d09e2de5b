using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Registry.Validation;
using Cronos;

namespace Ballast.ApiServer.Registry.Batch;

internal sealed class CronJobStrategy : ResourceStrategy
{
    /// <summary>The controller appends 11 characters to make the jobs' names.</summary>
    private const int MaxNameLength = 63 - 11;

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec)
            return;
        spec.SetDefault("concurrencyPolicy", "Allow");
        spec.SetDefault("suspend", false);
        spec.SetDefault("successfulJobsHistoryLimit", 3);
        spec.SetDefault("failedJobsHistoryLimit", 1);
        PodSpecDefaults.ApplyToTemplate(spec.Object("jobTemplate", "spec", "template"));
    }

    protected override void Check(Field document)
    {
        var spec = document["spec"];
        if (document["metadata"]["name"].Text.Length > MaxNameLength)
            document["metadata"]["name"].Invalid($"must be no more than {MaxNameLength} characters");
        if (spec["schedule"].Required())
            CheckSchedule(spec["schedule"]);
        if (spec["timeZone"].IsPresent)
            CheckTimeZone(spec["timeZone"]);
        spec["startingDeadlineSeconds"].NonNegative();
        spec["concurrencyPolicy"].RequiredOneOf("Allow", "Forbid", "Replace");
        spec["successfulJobsHistoryLimit"].NonNegative();
        spec["failedJobsHistoryLimit"].NonNegative();
        JobSpecValidation.Check(spec["jobTemplate"]["spec"]);
        PodSpecValidation.CheckTemplate(spec["jobTemplate"]["spec"]["template"]);
        var (selector, manual) = (spec["jobTemplate"]["spec"]["selector"], spec["jobTemplate"]["spec"]["manualSelector"]);
        if (selector.IsPresent)
            selector.Invalid("`selector` will be auto-generated");
        if (manual.IsTrue)
            manual.Add(FieldError.NotSupported(manual.Path, true, "nil", "false"));
    }

    private static void CheckSchedule(Field schedule)
    {
        if (schedule.Text.Contains("TZ", StringComparison.Ordinal))
        {
            schedule.Invalid("cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
            return;
        }
        if (schedule.Text.StartsWith("@every ", StringComparison.Ordinal))
            return;
        try
        {
            CronExpression.Parse(schedule.Text);
        }
        catch (CronFormatException problem)
        {
            schedule.Invalid(problem.Message);
        }
    }

    private static void CheckTimeZone(Field zone)
    {
        if (zone.IsEmpty)
            zone.Invalid("timeZone must be nil or non-empty string");
        else if (zone.Text.Equals("Local", StringComparison.OrdinalIgnoreCase))
            zone.Invalid("timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
        else if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone.Text, out _))
            zone.Invalid($"unknown time zone {zone.Text}");
    }
}
