using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Apps;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Batch;

internal static class Jobs
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("batch/v1", "jobs", "Job", new JobStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Status", "Status of the job.", Status),
            Column.Text("Completions", "status.succeeded", Completions),
            Column.Text("Duration", "Time required to complete the job.", Duration),
            Column.Age,
            WorkloadColumns.Containers,
            WorkloadColumns.Images,
            WorkloadColumns.Selector,
        ])
        .InCategoryAll()
        .WithStatus(
            ["active", "succeeded", "failed", "ready", "terminating"])
        .WithSelectableFields(("status.successful", d => (d.Long("status", "succeeded") ?? 0).ToString(CultureInfo.InvariantCulture)));

    private static string Status(JsonObject job)
    {
        bool Is(string condition) => job.Condition(condition).Text("status") == "True";
        return Is("Complete") ? "Complete"
            : Is("Failed") ? "Failed"
            : job.IsBeingDeleted ? "Terminating"
            : Is("Suspended") ? "Suspended"
            : Is("FailureTarget") ? "FailureTarget"
            : Is("SuccessCriteriaMet") ? "SuccessCriteriaMet"
            : "Running";
    }

    private static string Completions(JsonObject job)
    {
        var succeeded = job.Long("status", "succeeded") ?? 0;
        if (job.Long("spec", "completions") is { } completions)
            return $"{succeeded}/{completions}";
        return job.Long("spec", "parallelism") is > 1 and var parallelism ? $"{succeeded}/1 of {parallelism}" : $"{succeeded}/1";
    }

    private static string Duration(JsonObject job, DateTimeOffset now)
    {
        if (!KubernetesTime.TryParse(job.Text("status", "startTime"), out var start))
            return "";
        return HumanDuration.Format((KubernetesTime.TryParse(job.Text("status", "completionTime"), out var end) ? end : now) - start);
    }
}
