using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class ComponentStatuses
{
    /// <param name="components">Makes them when they are asked for.</param>
    public static ResourceDefinition Definition(ISubresourceHandler components) => BuiltIn
        .ClusterScoped("v1", "componentstatuses", "ComponentStatus", new ResourceStrategy(),
        [
            Column.ObjectName,
            Column.Text("Status", "Status of the component conditions", d => Healthy(d).Text("status") switch { "True" => "Healthy", "False" => "Unhealthy", _ => "Unknown" }),
            Column.Text("Message", "Message of the component conditions", d => Healthy(d).Text("message")),
            Column.Text("Error", "Error of the component conditions", d => Healthy(d).Text("error")),
        ])
        .WithShortNames("cs")
        .Deprecated("v1 ComponentStatus is deprecated in v1.19+") with { Verbs = ["get", "list"], Virtual = components, ListKind = "ComponentStatusList", Singular = "componentstatus" };

    private static JsonObject? Healthy(JsonObject document) => document.Objects("conditions").FirstOrDefault(c => c.Text("type") == "Healthy");
}
