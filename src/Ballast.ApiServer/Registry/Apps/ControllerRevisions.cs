using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Apps;

internal static class ControllerRevisions
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("apps/v1", "controllerrevisions", "ControllerRevision", new ControllerRevisionStrategy(),
        [
            Column.ObjectName,
            Column.Text("Controller", "Controller of the object", Controller),
            Column.Number("Revision", "revision", d => d.Long("revision") ?? 0),
            Column.Age,
        ]);

    private static string Controller(JsonObject revision)
    {
        if (revision.Objects("metadata", "ownerReferences").FirstOrDefault(o => o.Bool("controller") == true) is not { } owner)
            return Cells.None;
        var kind = new GroupKind(GroupVersion.Parse(owner.Text("apiVersion")).Group, owner.Text("kind"));
        return $"{kind.ToString().ToLowerInvariant()}/{owner.Text("name")}";
    }
}
