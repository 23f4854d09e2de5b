using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class ResourceQuotas
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "resourcequotas", "ResourceQuota", new ResourceQuotaStrategy { HasStatus = true },
        [
            Column.ObjectName,
            Column.Text("Request", "Request represents a minimum amount of cpu/memory that a container may consume.", d => Used(d, limits: false)),
            Column.Text("Limit", "Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.", d => Used(d, limits: true)),
            Column.Age,
        ])
        .WithShortNames("quota")
        .WithStatus();

    private static string Used(JsonObject quota, bool limits) =>
        string.Join(", ", (quota.Object("status", "hard") ?? [])
            .Where(h => h.Key.StartsWith("limits.", StringComparison.Ordinal) == limits)
            .OrderBy(h => h.Key, StringComparer.Ordinal)
            .Select(h => $"{h.Key}: {(quota.Node("status", "used", h.Key) is { } used ? Cells.Scalar(used) : "0")}/{Cells.Scalar(h.Value)}"));
}
