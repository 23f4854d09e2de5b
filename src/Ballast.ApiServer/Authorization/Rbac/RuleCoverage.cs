namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>Whether some rules grant all that others do. Rules are compared in their smallest parts: one verb on one thing.</summary>
public static class RuleCoverage
{
    /// <summary>The parts of <paramref name="wanted"/> that no rule of <paramref name="held"/> grants; empty where all are held.</summary>
    public static IReadOnlyList<PolicyRule> Missing(IReadOnlyList<PolicyRule> held, IReadOnlyList<PolicyRule> wanted) =>
        [.. wanted.SelectMany(Parts).Where(part => !held.Any(rule => Covers(rule, part)))];

    /// <summary>Joins parts that differ only in their verbs, so that they read as a person would write them.</summary>
    public static IReadOnlyList<PolicyRule> Compact(IReadOnlyList<PolicyRule> rules)
    {
        var joined = new List<PolicyRule>();
        var places = new Dictionary<(string Group, string Resource, string? Name), int>();
        foreach (var rule in rules)
        {
            if (rule is not { ApiGroups: [var group], Resources: [var resource], ResourceNames.Count: <= 1, NonResourceUrls.Count: 0 })
            {
                joined.Add(rule);
                continue;
            }
            var key = (group, resource, rule.ResourceNames.Count == 0 ? null : rule.ResourceNames[0]);
            if (places.TryGetValue(key, out var place))
            {
                joined[place] = joined[place] with { Verbs = [.. joined[place].Verbs, .. rule.Verbs] };
                continue;
            }
            places.Add(key, joined.Count);
            joined.Add(rule);
        }
        return joined;
    }

    private static IEnumerable<PolicyRule> Parts(PolicyRule rule)
    {
        foreach (var group in rule.ApiGroups)
        {
            foreach (var resource in rule.Resources)
            {
                foreach (var verb in rule.Verbs)
                {
                    var part = new PolicyRule([verb]) { ApiGroups = [group], Resources = [resource] };
                    if (rule.ResourceNames.Count == 0)
                        yield return part;
                    foreach (var name in rule.ResourceNames)
                        yield return part with { ResourceNames = [name] };
                }
            }
        }
        foreach (var url in rule.NonResourceUrls)
        {
            foreach (var verb in rule.Verbs)
                yield return new PolicyRule([verb]) { NonResourceUrls = [url] };
        }
    }

    private static bool Covers(PolicyRule held, PolicyRule part) =>
        PolicyRule.MatchesOrAll(held.Verbs, part.Verbs[0])
        && (part.NonResourceUrls.Count > 0 ? CoversPath(held, part.NonResourceUrls[0]) : CoversResource(held, part));

    private static bool CoversResource(PolicyRule held, PolicyRule part)
    {
        var resource = part.Resources[0];
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        return PolicyRule.MatchesOrAll(held.ApiGroups, part.ApiGroups[0])
            && held.MatchesResource(slash < 0 ? resource : resource[..slash], slash < 0 ? "" : resource[(slash + 1)..])
            && (held.ResourceNames.Count == 0 || (part.ResourceNames.Count > 0 && held.ResourceNames.Contains(part.ResourceNames[0])));
    }

    private static bool CoversPath(PolicyRule held, string path) =>
        held.NonResourceUrls.Any(allowed => allowed == path
            || (allowed.EndsWith('*') && path.AsSpan().StartsWith(allowed.AsSpan(0, allowed.Length - 1), StringComparison.Ordinal)));
}
