using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Discovery;

/// <summary>What discovery says about a set of definitions. Made once for each set; groups stand in the definitions' order.</summary>
internal sealed class DiscoveryDocuments
{
    private readonly Dictionary<GroupVersion, JsonObject> _resources = [];
    private readonly Dictionary<string, JsonObject> _groups = [];

    private DiscoveryDocuments(IReadOnlyList<ResourceDefinition> definitions)
    {
        Definitions = definitions;
        var groups = definitions.GroupBy(d => d.Group).ToList();
        foreach (var group in groups)
        {
            foreach (var version in VersionsOf(group))
                _resources[new(group.Key, version)] = ResourceList(new(group.Key, version), group);
            if (group.Key.Length > 0)
                _groups[group.Key] = Group(group.Key, VersionsOf(group));
        }
        Core = Aggregated(groups.Where(g => g.Key.Length == 0));
        Groups = Aggregated(groups.Where(g => g.Key.Length > 0));
    }

    public IReadOnlyList<ResourceDefinition> Definitions { get; }

    /// <summary>The aggregated form of <c>/api</c>, without its apiVersion's version.</summary>
    public JsonArray Core { get; }

    /// <summary>The aggregated form of <c>/apis</c>.</summary>
    public JsonArray Groups { get; }

    public static DiscoveryDocuments Of(IReadOnlyList<ResourceDefinition> definitions) => new(definitions);

    /// <summary><c>/api/v1</c>, <c>/apis/GROUP/VERSION</c>; null where nothing is served there.</summary>
    public JsonObject? Resources(GroupVersion version) => _resources.GetValueOrDefault(version);

    /// <summary><c>/apis/GROUP</c>.</summary>
    public JsonObject? GroupNamed(string group) => _groups.TryGetValue(group, out var found) ? Headed("APIGroup", found) : null;

    /// <summary><c>/apis</c>.</summary>
    public JsonObject GroupList() =>
        Headed("APIGroupList", new JsonObject { ["groups"] = new JsonArray([.. _groups.Values.Select(g => g.DeepClone())]) });

    /// <summary><c>/api</c>.</summary>
    public static JsonObject CoreVersions(string serverAddress) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = serverAddress }),
    };

    /// <summary>Every discovery path, for the list at <c>/</c>.</summary>
    public IEnumerable<string> Paths =>
        _groups.Keys.Select(g => $"/apis/{g}").Concat(_resources.Keys.Select(v => v.Group.Length == 0 ? $"/api/{v.Version}" : $"/apis/{v}"));

    private static JsonObject Headed(string kind, JsonObject content)
    {
        var document = new JsonObject { ["kind"] = kind, ["apiVersion"] = "v1" };
        foreach (var (name, value) in content)
            document[name] = value?.DeepClone();
        return document;
    }

    private static IReadOnlyList<string> VersionsOf(IEnumerable<ResourceDefinition> group) =>
        [.. group.SelectMany(d => d.Versions.Select(v => v.Name)).Distinct().Order(VersionPriority.Comparer)];

    private static JsonObject Group(string group, IReadOnlyList<string> versions) => new()
    {
        ["name"] = group,
        ["versions"] = new JsonArray([.. versions.Select(v => Version(group, v))]),
        ["preferredVersion"] = Version(group, versions[0]),
    };

    private static JsonObject Version(string group, string version) => new() { ["groupVersion"] = $"{group}/{version}", ["version"] = version };

    private static JsonObject ResourceList(GroupVersion version, IEnumerable<ResourceDefinition> group)
    {
        var list = new JsonArray();
        foreach (var definition in group.Where(d => Serves(d, version)).OrderBy(d => d.Resource, StringComparer.Ordinal))
        {
            list.Add((JsonNode)Resource(definition, version));
            foreach (var subresource in definition.Subresources.Values.OrderBy(s => s.Name, StringComparer.Ordinal))
                list.Add((JsonNode)SubresourceOf(definition, subresource, version));
        }
        var document = new JsonObject { ["kind"] = "APIResourceList" };
        if (version.Group.Length > 0)
            document["apiVersion"] = "v1";
        document["groupVersion"] = version.ToString();
        document["resources"] = list;
        return document;
    }

    private static JsonObject Resource(ResourceDefinition definition, GroupVersion version)
    {
        var resource = new JsonObject
        {
            ["name"] = definition.Resource,
            ["singularName"] = definition.Singular,
            ["namespaced"] = definition.Namespaced,
            ["kind"] = definition.Kind,
            ["verbs"] = Strings(definition.Verbs),
        };
        if (definition.ShortNames.Count > 0)
            resource["shortNames"] = Strings(definition.ShortNames);
        if (definition.Categories.Count > 0)
            resource["categories"] = Strings(definition.Categories);
        if (definition.Virtual is null)
            resource["storageVersionHash"] = StorageVersionHash(definition);
        return resource;
    }

    private static JsonObject SubresourceOf(ResourceDefinition definition, Subresource subresource, GroupVersion version)
    {
        var kind = KindOf(definition, subresource, version);
        var resource = new JsonObject { ["name"] = $"{definition.Resource}/{subresource.Name}", ["singularName"] = "", ["namespaced"] = definition.Namespaced };
        if (kind.GroupVersion != version)
        {
            resource["group"] = kind.Group;
            resource["version"] = kind.Version;
        }
        resource["kind"] = kind.Kind;
        resource["verbs"] = Strings(subresource.Verbs);
        return resource;
    }

    private static JsonArray Aggregated(IEnumerable<IGrouping<string, ResourceDefinition>> groups)
    {
        var items = new JsonArray();
        foreach (var group in groups)
        {
            var metadata = new JsonObject();
            if (group.Key.Length > 0)
                metadata["name"] = group.Key;
            metadata["creationTimestamp"] = null;
            items.Add((JsonNode)new JsonObject
            {
                ["metadata"] = metadata,
                ["versions"] = new JsonArray([.. VersionsOf(group).Select(v => AggregatedVersion(new(group.Key, v), group))]),
            });
        }
        return items;
    }

    private static JsonObject AggregatedVersion(GroupVersion version, IEnumerable<ResourceDefinition> group) => new()
    {
        ["version"] = version.Version,
        ["resources"] = new JsonArray([.. group.Where(d => Serves(d, version)).OrderBy(d => d.Resource, StringComparer.Ordinal).Select(d => AggregatedResource(d, version))]),
        ["freshness"] = "Current",
    };

    private static JsonObject AggregatedResource(ResourceDefinition definition, GroupVersion version)
    {
        var resource = new JsonObject
        {
            ["resource"] = definition.Resource,
            ["responseKind"] = KindDocument(version.WithKind(definition.Kind)),
            ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = definition.Singular,
            ["verbs"] = Strings(definition.Verbs),
        };
        if (definition.ShortNames.Count > 0)
            resource["shortNames"] = Strings(definition.ShortNames);
        if (definition.Categories.Count > 0)
            resource["categories"] = Strings(definition.Categories);
        if (definition.Subresources.Count > 0)
            resource["subresources"] = new JsonArray([.. definition.Subresources.Values.OrderBy(s => s.Name, StringComparer.Ordinal).Select(s => new JsonObject
            {
                ["subresource"] = s.Name,
                ["responseKind"] = KindDocument(KindOf(definition, s, version)),
                ["verbs"] = Strings(s.Verbs),
            })]);
        return resource;
    }

    // A subresource that is the object itself speaks the version that the object is asked for in.
    private static GroupVersionKind KindOf(ResourceDefinition definition, Subresource subresource, GroupVersion version) =>
        subresource.Handler is FieldSubresource ? version.WithKind(definition.Kind) : subresource.Kind;

    private static JsonObject KindDocument(GroupVersionKind kind) => new() { ["group"] = kind.Group, ["version"] = kind.Version, ["kind"] = kind.Kind };

    private static bool Serves(ResourceDefinition definition, GroupVersion version) => definition.Versions.Any(v => v.Name == version.Version);

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);

    // Upstream's: clients tell by it whether objects must be migrated, so it has to be the same on both implementations.
    private static string StorageVersionHash(ResourceDefinition definition) => Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes($"{definition.Group}/{definition.StorageVersion}/{definition.Kind}"))[..8]);
}
