using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

/// <summary>What volumes and claims print alike.</summary>
internal static class VolumeCells
{
    private static readonly (string Mode, string Short)[] Modes =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];

    public static string AccessModes(IEnumerable<string> modes)
    {
        var present = modes.ToHashSet();
        return string.Join(',', Modes.Where(m => present.Contains(m.Mode)).Select(m => m.Short));
    }

    public static string Storage(JsonObject? capacity) => capacity.Node("storage") is { } quantity ? Cells.Scalar(quantity) : "0";
}
