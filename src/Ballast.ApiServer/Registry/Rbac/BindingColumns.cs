using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Rbac;

internal static class BindingColumns
{
    public static IReadOnlyList<Column> All { get; } =
    [
        Column.ObjectName,
        Column.Text("Role", "roleRef", d => $"{d.Text("roleRef", "kind")}/{d.Text("roleRef", "name")}"),
        Column.Age,
        Column.Text("Users", "Users in the roleBinding", d => Subjects(d, "User", s => s.Text("name"))).Wide,
        Column.Text("Groups", "Groups in the roleBinding", d => Subjects(d, "Group", s => s.Text("name"))).Wide,
        Column.Text("ServiceAccounts", "ServiceAccounts in the roleBinding", d => Subjects(d, "ServiceAccount", s => $"{s.Text("namespace")}/{s.Text("name")}")).Wide,
    ];

    private static string Subjects(JsonObject binding, string kind, Func<JsonObject, string> text) =>
        string.Join(", ", binding.Objects("subjects").Where(s => s.Text("kind") == kind).Select(text));
}
