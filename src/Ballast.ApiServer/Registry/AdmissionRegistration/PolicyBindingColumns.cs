using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

internal static class PolicyBindingColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        Column.ObjectName,
        Column.Text("PolicyName", "PolicyName indicates the policy definition which the policy binding binded to", d => d.Text("spec", "policyName")),
        Column.Text("ParamRef", "ParamRef indicates the param resource which sets the configration param", d => ParamRef(d.Object("spec", "paramRef"))),
        Column.Age,
    ];

    private static string ParamRef(JsonObject? reference)
    {
        if (reference is null)
            return Cells.Unset;
        if (reference.Text("name") is not { Length: > 0 } name)
            return Cells.Selector(reference.Object("selector"));
        return reference.Text("namespace") is { Length: > 0 } space ? $"{space}/{name}" : name;
    }
}
