using System.Text.RegularExpressions;

namespace Ballast.ApiMachinery.Validation;

/// <summary>
/// The shapes that names, label keys and label values may have. Each rule returns what is wrong, in upstream's words, and nothing where all is well.
/// With <c>isPrefix</c> the name is a <c>generateName</c>: a trailing dash is allowed, as more will follow.
/// </summary>
public static partial class NameRules
{
    private const string LabelText =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
    private const string SubdomainText =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
    private const string Label1035Text =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
    private const string QualifiedText =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

    private const string QualifiedExamples =
        "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    private const string WildcardText =
        "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character";

    public static IEnumerable<string> DnsSubdomain(string name, bool isPrefix = false)
    {
        name = MaskTrailingDash(name, isPrefix);
        if (name.Length > 253)
            yield return "must be no more than 253 bytes";
        if (!SubdomainPattern().IsMatch(name))
            yield return $"{SubdomainText} (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    }

    /// <summary>A DNS subdomain below <c>*.</c>.</summary>
    public static IEnumerable<string> WildcardSubdomain(string name)
    {
        if (name.Length > 253)
            yield return "must be no more than 253 bytes";
        if (!name.StartsWith("*.", StringComparison.Ordinal) || !SubdomainPattern().IsMatch(name[2..]))
            yield return $"{WildcardText} (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    }

    public static IEnumerable<string> DnsLabel(string name, bool isPrefix = false)
    {
        name = MaskTrailingDash(name, isPrefix);
        if (name.Length > 63)
            yield return "must be no more than 63 bytes";
        if (!LabelPattern().IsMatch(name))
            yield return $"{LabelText} (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    }

    /// <summary>Services' names: they become DNS labels of the older kind.</summary>
    public static IEnumerable<string> Dns1035Label(string name, bool isPrefix = false)
    {
        name = MaskTrailingDash(name, isPrefix);
        if (name.Length > 63)
            yield return "must be no more than 63 bytes";
        if (!Label1035Pattern().IsMatch(name))
            yield return $"{Label1035Text} (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    }

    /// <summary>Anything that can stand in a URL's path: the RBAC kinds' names.</summary>
    public static IEnumerable<string> PathSegment(string name, bool isPrefix = false)
    {
        if (!isPrefix && name is "." or "..")
            yield return $"may not be '{name}'";
        if (name.Contains('/', StringComparison.Ordinal))
            yield return "may not contain '/'";
        if (name.Contains('%', StringComparison.Ordinal))
            yield return "may not contain '%'";
    }

    /// <summary>Label keys, annotation keys, finalizers: <c>name</c> or <c>prefix/name</c>.</summary>
    public static IEnumerable<string> QualifiedName(string value)
    {
        var parts = value.Split('/');
        if (parts.Length > 2)
        {
            yield return $"a qualified name {QualifiedText} {QualifiedExamples} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            yield break;
        }
        var name = parts[^1];
        if (parts.Length == 2)
        {
            if (parts[0].Length == 0)
                yield return "prefix part must be non-empty";
            else
                foreach (var problem in DnsSubdomain(parts[0]))
                    yield return "prefix part " + problem;
        }
        if (name.Length == 0)
            yield return "name part must be non-empty";
        else if (name.Length > 63)
            yield return "name part must be no more than 63 bytes";
        if (!QualifiedPattern().IsMatch(name))
            yield return $"name part {QualifiedText} {QualifiedExamples}";
    }

    public static IEnumerable<string> LabelValue(string value)
    {
        if (value.Length > 63)
            yield return "must be no more than 63 bytes";
        if (value.Length > 0 && !QualifiedPattern().IsMatch(value))
            yield return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                + " (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    }

    /// <summary>A name as C, and CEL, have it.</summary>
    public static IEnumerable<string> CIdentifier(string value)
    {
        if (!CIdentifierPattern().IsMatch(value))
            yield return "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'"
                + " (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
    }

    private static string MaskTrailingDash(string name, bool isPrefix) =>
        isPrefix && name.Length > 1 && name[^1] == '-' ? name[..^1] + "a" : name;

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex LabelPattern();

    [GeneratedRegex(@"\A[a-z]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label1035Pattern();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex SubdomainPattern();

    [GeneratedRegex(@"\A([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\z")]
    private static partial Regex QualifiedPattern();

    [GeneratedRegex(@"\A[A-Za-z_][A-Za-z0-9_]*\z")]
    private static partial Regex CIdentifierPattern();
}
