using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class Namespaces
{
    public static ResourceDefinition Definition { get; } = Define();

    private static ResourceDefinition Define()
    {
        var strategy = new NamespaceStrategy { HasStatus = true };
        var definition = BuiltIn
            .ClusterScoped("v1", "namespaces", "Namespace", strategy,
            [
                Column.ObjectName,
                Column.Text("Status", "The status of the namespace", d => d.Text("status", "phase")),
                Column.Age,
            ])
            .WithShortNames("ns")
            .WithStatus(new NamespaceStatusStrategy(strategy))
            .WithFields("finalize", new NamespaceFinalizeStrategy(strategy), "update")
            .WithSelectableFields(("status.phase", d => d.Text("status", "phase")));
        return definition with { Verbs = [.. definition.Verbs.Where(v => v != "deletecollection")] };
    }
}
