using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Networking;

/// <summary>An object here is the allocation of the address it is named by.</summary>
internal static class IPAddresses
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .ClusterScoped("networking.k8s.io/v1", "ipaddresses", "IPAddress", new IPAddressStrategy(),
        [
            Column.ObjectName,
            Column.Text("ParentRef", "spec.parentRef", d => d.Object("spec", "parentRef") is { } parent ? Parent(parent) : Cells.None),
        ])
        .WithShortNames("ip")
        .WithSelectableFields(("spec.parentRef.group", d => d.Text("spec", "parentRef", "group")), ("spec.parentRef.resource", d => d.Text("spec", "parentRef", "resource"))) with
        { ListKind = "IPAddressList" };

    private static string Parent(JsonObject reference)
    {
        var resource = new GroupResource(reference.Text("group"), reference.Text("resource")).ToString().ToLowerInvariant();
        return reference.Text("namespace") is { Length: > 0 } space ? $"{resource}/{space}/{reference.Text("name")}" : $"{resource}/{reference.Text("name")}";
    }
}
