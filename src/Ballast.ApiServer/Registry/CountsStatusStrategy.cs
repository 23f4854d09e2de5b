using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry;

/// <summary>The status of a kind that counts its pods: no count is negative, and none is larger than the whole that it is part of.</summary>
/// <param name="main">The kind's own strategy.</param>
/// <param name="counts">The fields that count.</param>
/// <param name="parts">A part, its whole, and how messages name the whole.</param>
internal sealed class CountsStatusStrategy(IResourceStrategy main, string[] counts, params (string Part, string Whole, string Name)[] parts) : StatusStrategy(main)
{
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        var status = document["status"];
        foreach (var count in counts)
            status[count].NonNegative();
        foreach (var (part, whole, name) in parts)
        {
            if (status[part].Number > (status[whole].Number ?? 0))
                status[part].Invalid($"cannot be greater than {name}");
        }
        if (status["collisionCount"].Number is { } collisions && collisions < old.Long("status", "collisionCount"))
            status["collisionCount"].Invalid("cannot be decremented");
    }
}
