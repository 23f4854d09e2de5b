using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class Nodes
{
    private const string RolePrefix = "node-role.kubernetes.io/";

    public static ResourceDefinition Definition(ISubresourceHandler proxy) => BuiltIn
        .ClusterScoped("v1", "nodes", "Node", new NodeStrategy { HasStatus = true },
        [
            Column.ObjectName,
            Column.Text("Status", "The status of the node", Status),
            Column.Text("Roles", "The roles of the node", d => Cells.OrNone(string.Join(',', Roles(d)))),
            Column.Age,
            Column.Text("Version", "status.nodeInfo.kubeletVersion", d => d.Text("status", "nodeInfo", "kubeletVersion")),
            Column.Text("Internal-IP", "status.addresses", d => Address(d, "InternalIP")).Wide,
            Column.Text("External-IP", "status.addresses", d => Address(d, "ExternalIP")).Wide,
            Column.Text("OS-Image", "status.nodeInfo.osImage", d => Info(d, "osImage")).Wide,
            Column.Text("Kernel-Version", "status.nodeInfo.kernelVersion", d => Info(d, "kernelVersion")).Wide,
            Column.Text("Container-Runtime", "status.nodeInfo.containerRuntimeVersion", d => Info(d, "containerRuntimeVersion")).Wide,
        ])
        .WithShortNames("no")
        .StoredUnder("minions")
        .WithStatus()
        .WithConnection("proxy", "NodeProxyOptions", proxy, "create", "delete", "get", "patch", "update")
        .WithSelectableFields(("spec.unschedulable", d => d.Bool("spec", "unschedulable") == true ? "true" : "false"));

    private static string Status(JsonObject node)
    {
        var ready = node.Condition("Ready")?.Text("status") switch { null => "Unknown", "True" => "Ready", _ => "NotReady" };
        return node.Bool("spec", "unschedulable") == true ? ready + ",SchedulingDisabled" : ready;
    }

    private static IEnumerable<string> Roles(JsonObject node) =>
        (node.Labels ?? [])
            .Select(l => l.Key.StartsWith(RolePrefix, StringComparison.Ordinal) ? l.Key[RolePrefix.Length..] : l.Key == "kubernetes.io/role" ? Cells.Scalar(l.Value) : "")
            .Where(role => role.Length > 0)
            .Distinct()
            .Order(StringComparer.Ordinal);

    private static string Address(JsonObject node, string type) =>
        Cells.OrNone(node.Objects("status", "addresses").FirstOrDefault(a => a.Text("type") == type).Text("address"));

    private static string Info(JsonObject node, string field) => node.Text("status", "nodeInfo", field) is { Length: > 0 } text ? text : Cells.Unknown;
}
