using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.AdmissionRegistration;

/// <summary>The rules by which webhooks and policies choose requests.</summary>
internal static class MatchRules
{
    private const int MaxConditions = 64;

    public static void CheckRule(Field rule)
    {
        CheckOperations(rule["operations"]);
        OrEverything(rule["apiGroups"], "API groups");
        OrEverything(rule["apiVersions"], "API versions");
        foreach (var version in rule["apiVersions"].Items)
            version.Required();
        CheckResourceNames(rule["resources"]);
        rule["scope"].OneOf("*", "Cluster", "Namespaced");
    }

    public static void DefaultResources(JsonObject? match)
    {
        if (match is null)
            return;
        match.SetDefault("matchPolicy", "Equivalent");
        match.SetDefault("namespaceSelector", new JsonObject());
        match.SetDefault("objectSelector", new JsonObject());
        foreach (var rule in match.Objects("resourceRules").Concat(match.Objects("excludeResourceRules")))
            rule.SetDefault("scope", "*");
    }

    /// <summary><c>matchConstraints</c> and <c>matchResources</c> of policies and bindings.</summary>
    public static void CheckResources(Field match)
    {
        match["matchPolicy"].OneOf("Equivalent", "Exact");
        match["namespaceSelector"].LabelSelector();
        match["objectSelector"].LabelSelector();
        foreach (var rule in match["resourceRules"].Items.Concat(match["excludeResourceRules"].Items))
        {
            foreach (var name in rule["resourceNames"].Items)
                name.PathSegment();
            rule["resourceNames"].UniqueTexts();
            CheckRule(rule);
        }
    }

    /// <summary>Conditions in CEL; what they say is not looked into.</summary>
    public static void CheckConditions(Field conditions)
    {
        conditions.MaxItems(MaxConditions);
        conditions.UniqueItems("name");
        foreach (var condition in conditions.Items)
        {
            if (string.IsNullOrWhiteSpace(condition["expression"].Text))
                condition["expression"].Missing();
            if (condition["name"].Required())
                condition["name"].QualifiedName();
        }
    }

    private static void CheckOperations(Field operations)
    {
        operations.Required();
        foreach (var operation in operations.Items)
            operation.OneOf("*", "CONNECT", "CREATE", "DELETE", "UPDATE");
        if (operations.Items.Any(o => o.Text == "*") && operations.Items.Count() > 1)
            operations.Invalid("if '*' is present, must not specify other operations");
    }

    private static void OrEverything(Field list, string what)
    {
        list.Required();
        if (list.Items.Count() > 1 && list.Items.Any(i => i.Text == "*"))
            list.Invalid($"if '*' is present, must not specify other {what}");
    }

    /// <summary><c>pods</c>, <c>pods/log</c>, <c>pods/*</c>, <c>*/scale</c>, <c>*</c> and <c>*/*</c>: none that another includes.</summary>
    private static void CheckResourceNames(Field resources)
    {
        resources.Required();
        var (allOfResource, allOfSubresource) = (new HashSet<string>(), new HashSet<string>());
        foreach (var resource in resources.Items)
        {
            if (!resource.Required() || resource.Text.Split('/', 2) is not [var name, var subresource])
                continue;
            if (allOfResource.Contains(name))
                resource.Invalid($"if '{name}/*' is present, must not specify {resource.Text}");
            if (allOfSubresource.Contains(subresource))
                resource.Invalid($"if '*/{subresource}' is present, must not specify {resource.Text}");
            if (subresource == "*")
                _ = allOfResource.Add(name);
            if (name == "*")
                _ = allOfSubresource.Add(subresource);
        }
        var names = resources.Items.Select(r => r.Text).ToList();
        if (names.Count > 1 && names.Contains("*/*"))
            resources.Invalid("if '*/*' is present, must not specify other resources");
        if (names.Contains("*") && names.Any(n => n != "*" && !n.Contains('/', StringComparison.Ordinal)))
            resources.Invalid("if '*' is present, must not specify other resources without subresources");
    }
}
