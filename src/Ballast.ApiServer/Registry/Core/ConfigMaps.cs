using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class ConfigMaps
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "configmaps", "ConfigMap", new ConfigMapStrategy(),
        [
            Column.ObjectName,
            Column.Number("Data", "data", d => d.Count("data") + d.Count("binaryData")),
            Column.Age,
        ])
        .WithShortNames("cm");
}
