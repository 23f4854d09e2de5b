using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.FlowControl;

/// <summary>Which requests a flow schema takes: whose they are, and what they ask for.</summary>
internal static class FlowRules
{
    private static readonly string[] Verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

    // A kind of subject, and the field that holds it.
    private static readonly (string Kind, string Field)[] Subjects = [("ServiceAccount", "serviceAccount"), ("User", "user"), ("Group", "group")];

    public static void Check(Field rule)
    {
        rule["subjects"].Required("subjects must contain at least one value");
        foreach (var subject in rule["subjects"].Items)
            CheckSubject(subject);
        if (rule["resourceRules"].IsEmpty && rule["nonResourceRules"].IsEmpty)
            rule.Missing("at least one of resourceRules and nonResourceRules has to be non-empty");
        foreach (var resources in rule["resourceRules"].Items)
            CheckResources(resources);
        foreach (var paths in rule["nonResourceRules"].Items)
            CheckPaths(paths);
    }

    private static void CheckSubject(Field subject)
    {
        var kind = subject["kind"].Text;
        if (!Subjects.Any(s => s.Kind == kind))
        {
            subject["kind"].Add(FieldError.NotSupported(subject["kind"].Path, kind, "Group", "ServiceAccount", "User"));
            return;
        }
        foreach (var (other, field) in Subjects)
        {
            if (other == kind)
                CheckNamed(subject[field], kind, field);
            else if (subject[field].IsPresent)
                subject[field].Forbidden($"{field} is forbidden when subject kind is not '{other}'");
        }
    }

    private static void CheckNamed(Field subject, string kind, string field)
    {
        if (!subject.IsPresent)
        {
            subject.Missing($"{field} is required when subject kind is '{kind}'");
            return;
        }
        if (subject["name"].Required() && kind == "ServiceAccount" && subject["name"].Text != "*")
            subject["name"].DnsSubdomain();
        if (kind == "ServiceAccount" && subject["namespace"].Required("must specify namespace for service account"))
            subject["namespace"].DnsLabel();
    }

    private static void CheckResources(Field rule)
    {
        CheckVerbs(rule["verbs"]);
        OrEverything(rule["apiGroups"], "resource rules must supply at least one api group", "api groups");
        OrEverything(rule["resources"], "resource rules must supply at least one resource", "resources");
        var namespaces = rule["namespaces"];
        if (namespaces.IsEmpty && !rule["clusterScope"].IsTrue)
            namespaces.Missing("resource rules that are not cluster scoped must supply at least one namespace");
        if (namespaces.IsEmpty || !IsSpecific(namespaces, "namespaces"))
            return;
        foreach (var ns in namespaces.Items)
            ns.Invalid(NameRules.DnsLabel(ns.Text).Select(p => $"each member of this list must be '*' or a DNS-1123 label; {p}"));
    }

    private static void CheckPaths(Field rule)
    {
        CheckVerbs(rule["verbs"]);
        var paths = rule["nonResourceURLs"];
        if (!paths.Required("nonResourceURLs must contain at least one value") || !IsSpecific(paths, "non-resource URLs"))
            return;
        foreach (var path in paths.Items)
        {
            if (PathProblem(path.Text) is { } problem)
                path.Invalid(problem);
        }
    }

    private static void CheckVerbs(Field verbs)
    {
        if (verbs.Required("verbs must contain at least one value") && IsSpecific(verbs, "verbs") && verbs.Items.Any(v => !Verbs.Contains(v.Text)))
            verbs.Add(FieldError.NotSupported(verbs.Path, verbs.Value, Verbs));
    }

    private static void OrEverything(Field list, string missing, string what)
    {
        if (list.Required(missing))
            _ = IsSpecific(list, what);
    }

    /// <summary>False where the list says <c>*</c>, which has to stand alone.</summary>
    private static bool IsSpecific(Field list, string what)
    {
        if (!list.Items.Any(i => i.Text == "*"))
            return true;
        if (list.Items.Count() > 1)
            list.Invalid($"if '*' is present, must not specify other {what}");
        return false;
    }

    private static string? PathProblem(string path)
    {
        if (path.Length == 0)
            return "must not be empty";
        if (path[0] != '/')
            return "must start with slash";
        if (path.Contains(' ', StringComparison.Ordinal))
            return "must not contain white-space";
        if (path.Contains("//", StringComparison.Ordinal))
            return "must not contain double slash";
        var wildcard = path.IndexOf('*', StringComparison.Ordinal);
        return wildcard >= 0 && !(wildcard == path.Length - 1 && path.EndsWith("/*", StringComparison.Ordinal)) ? "wildcard can only do suffix matching" : null;
    }
}
