using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Certificates;

/// <summary>Names of who signs certificates: <c>example.com/signer-name</c>.</summary>
internal static class SignerNames
{
    private const int MaxDomainLength = 253;
    private const int MaxPathLength = 253 + 63 + 1;

    public static void Check(Field name)
    {
        if (!name.Required())
            return;
        if (name.Text.Split('/') is not [var domain, var path])
        {
            name.Invalid("must be a fully qualified domain and path of the form 'example.com/signer-name'");
            return;
        }
        if (domain.Length > MaxDomainLength)
            name.Add(FieldError.TooLong(name.Path, MaxDomainLength));
        var labels = domain.Split('.');
        Add(name, domain, labels, label => NameRules.DnsLabel(label));
        if (labels.Length < 2)
            name.Add(FieldError.Invalid(name.Path, domain, "should be a domain with at least two segments separated by dots"));
        Add(name, path, path.Split('.'), label => NameRules.DnsSubdomain(label));
        name.MaxLength(MaxDomainLength + 1 + MaxPathLength);
    }

    private static void Add(Field name, string part, string[] labels, Func<string, IEnumerable<string>> rule)
    {
        foreach (var (label, problem) in labels.SelectMany(l => rule(l).Select(p => (l, p))))
            name.Add(FieldError.Invalid(name.Path, part, $"validating label \"{label}\": {problem}"));
    }
}
