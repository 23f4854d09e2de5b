using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class LimitRanges
{
    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("v1", "limitranges", "LimitRange", new LimitRangeStrategy(), [Column.ObjectName, Column.CreatedAt])
        .WithShortNames("limits");
}
