using System.Text.Json.Nodes;

namespace Ballast.Testing.Api;

/// <summary>The plain discovery documents.</summary>
internal static class ApiDiscovery
{
    public static JsonObject? Answer(string path, IReadOnlyList<ApiKind> kinds) => path.Trim('/').Split('/') switch
    {
        ["api"] => new() { ["kind"] = "APIVersions", ["versions"] = new JsonArray("v1") },
        ["apis"] => Groups(kinds),
        ["api", var version] => Resources(kinds, "", version),
        ["apis", var group, var version] => Resources(kinds, group, version),
        _ => null,
    };

    private static JsonObject Groups(IReadOnlyList<ApiKind> kinds)
    {
        var groups = kinds.Where(k => k.Resource.Group.Length > 0).GroupBy(k => k.Resource.Group).Select(g =>
        {
            var versions = g.Select(k => k.Resource.Version).Distinct().OrderDescending()
                .Select(v => new JsonObject { ["groupVersion"] = $"{g.Key}/{v}", ["version"] = v }).ToArray();
            return (JsonNode)new JsonObject
            {
                ["name"] = g.Key, ["versions"] = new JsonArray([.. versions]), ["preferredVersion"] = versions[0].DeepClone(),
            };
        });
        return new() { ["kind"] = "APIGroupList", ["apiVersion"] = "v1", ["groups"] = new JsonArray([.. groups]) };
    }

    private static JsonObject Resources(IReadOnlyList<ApiKind> kinds, string group, string version) => new()
    {
        ["kind"] = "APIResourceList",
        ["apiVersion"] = "v1",
        ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
        ["resources"] = new JsonArray([.. kinds.Where(k => k.Resource.Group == group && k.Resource.Version == version).Select(k => (JsonNode)new JsonObject
        {
            ["name"] = k.Resource.Resource,
            ["singularName"] = "",
            ["kind"] = k.Kind,
            ["namespaced"] = k.IsNamespaced,
            ["verbs"] = new JsonArray("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"),
        })]),
    };
}
