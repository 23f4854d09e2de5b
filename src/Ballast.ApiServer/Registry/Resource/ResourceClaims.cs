using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Resource;

internal static class ResourceClaims
{
    private static readonly ResourceClaimStrategy Strategy = new() { HasStatus = true };

    public static ResourceDefinition Definition { get; } = BuiltIn
        .Namespaced("resource.k8s.io/v1", "resourceclaims", "ResourceClaim", Strategy,
        [
            Column.ObjectName,
            Column.Text("State", "A summary of the current state (allocated, pending, reserved, etc.).", d => string.Join(',', States(d))),
            Column.Age,
        ])
        .WithStatus(new ResourceClaimStatusStrategy(Strategy));

    private static IEnumerable<string> States(JsonObject claim)
    {
        if (claim.IsBeingDeleted)
            yield return "deleted";
        if (claim.Has("status", "allocation"))
        {
            yield return "allocated";
            if (claim.Count("status", "reservedFor") > 0)
                yield return "reserved";
        }
        else if (!claim.IsBeingDeleted)
        {
            yield return "pending";
        }
    }
}
