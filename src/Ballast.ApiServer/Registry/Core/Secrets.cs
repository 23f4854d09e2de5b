using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class Secrets
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "secrets", "Secret", new SecretStrategy(),
        [
            Column.ObjectName,
            Column.Text("Type", "type", d => d.Text("type")),
            Column.Number("Data", "data", d => d.Count("data")),
            Column.Age,
        ])
        .WithSelectableFields(("type", d => d.Text("type")));
}
