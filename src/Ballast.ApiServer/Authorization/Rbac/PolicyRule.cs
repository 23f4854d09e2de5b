using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>One rule of a Role or ClusterRole (<c>rbac.authorization.k8s.io/v1</c> PolicyRule). Immutable.</summary>
public sealed record PolicyRule(IReadOnlyList<string> Verbs)
{
    private const string All = "*";

    public IReadOnlyList<string> ApiGroups { get; init; } = [];

    public IReadOnlyList<string> Resources { get; init; } = [];

    /// <summary>Empty for every name.</summary>
    public IReadOnlyList<string> ResourceNames { get; init; } = [];

    public IReadOnlyList<string> NonResourceUrls { get; init; } = [];

    public static PolicyRule From(JsonObject rule) => new([.. rule.StringsAt("verbs")])
    {
        ApiGroups = [.. rule.StringsAt("apiGroups")],
        Resources = [.. rule.StringsAt("resources")],
        ResourceNames = [.. rule.StringsAt("resourceNames")],
        NonResourceUrls = [.. rule.StringsAt("nonResourceURLs")],
    };

    /// <summary>The rules of a Role or ClusterRole.</summary>
    public static IReadOnlyList<PolicyRule> AllOf(JsonObject role) =>
        role["rules"] is JsonArray rules ? [.. rules.OfType<JsonObject>().Select(From)] : [];

    public JsonObject ToDocument()
    {
        var rule = new JsonObject();
        Put("apiGroups", ApiGroups);
        Put("nonResourceURLs", NonResourceUrls);
        Put("resourceNames", ResourceNames);
        Put("resources", Resources);
        rule["verbs"] = List(Verbs);
        return rule;

        void Put(string field, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
                rule[field] = List(values);
        }

        static JsonArray List(IReadOnlyList<string> values) => [.. values.Select(v => (JsonNode)v)];
    }

    /// <summary>Does it allow the request?</summary>
    public bool Allows(AuthorizationAttributes request) => AllowsSomeName(request) && (ResourceNames.Count == 0 || !request.IsResourceRequest || ResourceNames.Contains(request.Name));

    /// <summary>Does it allow the request for some object name, if perhaps not for this one?</summary>
    internal bool AllowsSomeName(AuthorizationAttributes request)
    {
        if (!MatchesOrAll(Verbs, request.Verb))
            return false;
        return request.IsResourceRequest
            ? MatchesOrAll(ApiGroups, request.Group) && MatchesResource(request.Resource, request.Subresource)
            : MatchesPath(request.Path);
    }

    /// <summary>As Go prints it in refusals: <c>{APIGroups:["apps"], Resources:["deployments"], Verbs:["get" "list"]}</c>.</summary>
    public override string ToString()
    {
        var parts = new List<string>();
        Add("APIGroups", ApiGroups);
        Add("Resources", Resources);
        Add("NonResourceURLs", NonResourceUrls);
        Add("ResourceNames", ResourceNames);
        Add("Verbs", Verbs);
        return $"{{{string.Join(", ", parts)}}}";

        void Add(string name, IReadOnlyList<string> values)
        {
            if (values.Count > 0)
                parts.Add($"{name}:[{string.Join(' ', values.Select(v => $"\"{v}\""))}]");
        }
    }

    internal bool MatchesResource(string resource, string subresource)
    {
        foreach (var allowed in Resources)
        {
            if (allowed == All)
                return true;
            if (subresource.Length == 0)
            {
                if (allowed == resource)
                    return true;
                continue;
            }
            var slash = allowed.IndexOf('/', StringComparison.Ordinal);
            if (slash < 0 || !allowed.AsSpan(slash + 1).SequenceEqual(subresource))
                continue;
            var main = allowed.AsSpan(0, slash);
            if (main.SequenceEqual(resource) || main.SequenceEqual(All))
                return true;
        }
        return false;
    }

    internal bool MatchesPath(string path)
    {
        foreach (var allowed in NonResourceUrls)
        {
            if (allowed == All || allowed == path)
                return true;
            if (allowed.EndsWith('*') && path.AsSpan().StartsWith(allowed.AsSpan().TrimEnd('*'), StringComparison.Ordinal))
                return true;
        }
        return false;
    }

    internal static bool MatchesOrAll(IReadOnlyList<string> allowed, string asked)
    {
        foreach (var value in allowed)
        {
            if (value == All || value == asked)
                return true;
        }
        return false;
    }
}
