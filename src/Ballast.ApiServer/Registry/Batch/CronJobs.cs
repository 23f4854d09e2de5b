using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Batch;

internal static class CronJobs
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("batch/v1", "cronjobs", "CronJob", new CronJobStrategy { HasStatus = true, HasGeneration = true },
        [
            Column.ObjectName,
            Column.Text("Schedule", "spec.schedule", d => d.Text("spec", "schedule")),
            Column.Text("Timezone", "spec.timeZone", d => Cells.OrNone(d.Text("spec", "timeZone"))),
            new("Suspend", "boolean", "spec.suspend", (d, _) => Cells.True(d.Bool("spec", "suspend"))),
            Column.Integer("Active", "status.active", d => d.Count("status", "active")),
            Column.Text("Last Schedule", "status.lastScheduleTime",
                (d, now) => d.Text("status", "lastScheduleTime") is { Length: > 0 } last ? Cells.Since(last, now) : Cells.None),
            Column.Age,
            Column.Text("Containers", "Names of each container in the template.", d => Cells.ContainerNames(PodSpec(d))).Wide,
            Column.Text("Images", "Images referenced by each container in the template.", d => Cells.ContainerImages(PodSpec(d))).Wide,
            Column.Text("Selector", "spec.jobTemplate.spec.selector", d => Cells.Selector(d.Object("spec", "jobTemplate", "spec", "selector"))).Wide,
        ])
        .WithShortNames("cj")
        .InCategoryAll()
        .WithStatus();

    private static JsonObject? PodSpec(JsonObject cronJob) => cronJob.Object("spec", "jobTemplate", "spec", "template", "spec");
}
