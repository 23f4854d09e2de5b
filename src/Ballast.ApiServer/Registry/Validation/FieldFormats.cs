using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ballast.ApiMachinery.Quantities;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiServer.Registry.Validation;

/// <summary>The formats that fields of many kinds share. Absent and empty values pass; the words are upstream's.</summary>
internal static partial class FieldFormats
{
    public static void DnsLabel(this Field field) => Check(field, text => NameRules.DnsLabel(text));

    public static void DnsSubdomain(this Field field) => Check(field, text => NameRules.DnsSubdomain(text));

    public static void Dns1035Label(this Field field) => Check(field, text => NameRules.Dns1035Label(text));

    public static void QualifiedName(this Field field) => Check(field, NameRules.QualifiedName);

    public static void PathSegment(this Field field) => Check(field, text => NameRules.PathSegment(text));

    public static void CIdentifier(this Field field) => Check(field, NameRules.CIdentifier);

    /// <summary>A name of a CSI or device driver, which has to be there.</summary>
    public static void DriverName(this Field field)
    {
        if (!field.Required())
            return;
        field.MaxLength(63);
        field.Invalid(NameRules.DnsSubdomain(field.Text.ToLowerInvariant()));
    }

    /// <summary><c>acme.io/foo</c>: who defines it, and what; it has to be there.</summary>
    public static void DomainPrefixedPath(this Field field)
    {
        if (!field.Required())
            return;
        if (field.Text.Split('/', 2) is not [{ Length: > 0 } host, { Length: > 0 } path])
        {
            field.Invalid("must be a domain-prefixed path (such as \"acme.io/foo\")");
            return;
        }
        foreach (var problem in NameRules.DnsSubdomain(host))
            field.Add(FieldError.Invalid(field.Path, host, problem));
        if (!PathPattern().IsMatch(path))
            field.Add(FieldError.Invalid(field.Path, path, $"Invalid path (regex used for validation is '{PathRegex}')"));
    }

    /// <summary>A domain of three parts or more, which has to be there.</summary>
    public static void FullyQualifiedName(this Field field)
    {
        if (!field.Required())
            return;
        if (NameRules.DnsSubdomain(field.Text).ToList() is { Count: > 0 } problems)
            field.Invalid(string.Join(',', problems));
        else if (field.Text.Count(c => c == '.') < 2)
            field.Invalid("should be a domain with at least three segments separated by dots");
    }

    /// <summary>A DNS name, or one with <c>*.</c> before it.</summary>
    public static void HostOrWildcard(this Field field) =>
        Check(field, text => text.Contains('*', StringComparison.Ordinal) ? NameRules.WildcardSubdomain(text) : NameRules.DnsSubdomain(text));

    /// <summary>A TCP or UDP port.</summary>
    public static void Port(this Field field) => field.InRange(1, 65535);

    /// <summary>The name of a port (<c>IANA_SVC_NAME</c>).</summary>
    public static void PortName(this Field field) => Check(field, PortNameProblems);

    /// <summary>A port's number, or the name of one.</summary>
    public static void PortOrName(this Field field)
    {
        if (field.Value?.GetValueKind() == JsonValueKind.String)
            field.Invalid(PortNameProblems(field.Text));
        else
            field.Port();
    }

    public static void Ip(this Field field)
    {
        if (!field.IsEmpty && !IsIp(field.Text))
            field.Invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }

    public static void Cidr(this Field field)
    {
        if (!field.IsEmpty && !IsCidr(field.Text))
            field.Invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }

    /// <summary>An IP address as the API accepts it: no leading zeros, no short forms, no zone.</summary>
    public static bool IsIp(string text) =>
        IPAddress.TryParse(text, out var address) && !text.Contains('%', StringComparison.Ordinal)
        && (text.Contains(':', StringComparison.Ordinal) || address.ToString() == text);

    public static bool IsCidr(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && IsIp(text[..slash]) && int.TryParse(text[(slash + 1)..], out var bits)
            && bits >= 0 && bits <= (text.Contains(':', StringComparison.Ordinal) ? 128 : 32);
    }

    /// <summary>The network of a CIDR that <see cref="IsCidr"/>, in its one spelling.</summary>
    public static string CanonicalCidr(string cidr)
    {
        var slash = cidr.IndexOf('/', StringComparison.Ordinal);
        var (bytes, bits) = (IPAddress.Parse(cidr[..slash]).GetAddressBytes(), int.Parse(cidr[(slash + 1)..], CultureInfo.InvariantCulture));
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] &= (byte)(0xFF00 >> Math.Clamp(bits - (i * 8), 0, 8));
        return $"{new IPAddress(bytes)}/{bits}";
    }

    /// <summary>Is all of <paramref name="inner"/> in <paramref name="outer"/>, and less than it? Both <see cref="IsCidr"/>.</summary>
    public static bool IsStrictlyWithin(string inner, string outer)
    {
        var (small, large) = (IPNetwork.Parse(CanonicalCidr(inner)), IPNetwork.Parse(CanonicalCidr(outer)));
        return large.Contains(small.BaseAddress) && large.PrefixLength < small.PrefixLength;
    }

    /// <summary>A whole number that is not negative, or a percentage from 0 to 100.</summary>
    public static void NumberOrPercent(this Field field)
    {
        if (field.Value?.GetValueKind() != JsonValueKind.String)
        {
            field.NonNegative();
            return;
        }
        if (!PercentPattern().IsMatch(field.Text))
            field.Invalid("a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')");
    }

    /// <summary>Not more than 100%.</summary>
    public static void NotMoreThanAll(this Field field)
    {
        if (field.Value?.GetValueKind() == JsonValueKind.String && PercentPattern().IsMatch(field.Text) && long.TryParse(field.Text[..^1], out var percent) && percent > 100)
            field.Invalid("must not be greater than 100%");
    }

    /// <summary>A quantity that is not negative. Null where it is none.</summary>
    public static Quantity? NonNegativeQuantity(this Field field)
    {
        if (field.AnyQuantity() is not { } quantity)
            return null;
        if (quantity.Sign < 0)
            field.Invalid("must be greater than or equal to 0");
        return quantity;
    }

    public static Quantity? PositiveQuantity(this Field field)
    {
        if (field.AnyQuantity() is not { } quantity)
            return null;
        if (quantity.Sign <= 0)
            field.Invalid("must be greater than zero");
        return quantity;
    }

    public static Quantity? AnyQuantity(this Field field)
    {
        if (field.Value is not JsonValue value)
            return null;
        var text = value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();
        if (Quantity.TryParse(text, out var quantity, out var error))
            return quantity;
        field.Invalid(error);
        return null;
    }

    /// <summary>A map of labels, as it stands in templates and selectors.</summary>
    public static void Labels(this Field field)
    {
        foreach (var (key, value) in field.Entries)
        {
            foreach (var problem in NameRules.QualifiedName(key))
                field.Add(FieldError.Invalid(field.Path, key, problem));
            value.At(field.Path).Invalid(NameRules.LabelValue(value.Text));
        }
    }

    public static void Annotations(this Field field)
    {
        var size = 0;
        foreach (var (key, value) in field.Entries)
        {
            foreach (var problem in NameRules.QualifiedName(key.ToLowerInvariant()))
                field.Add(FieldError.Invalid(field.Path, key, problem));
            size += System.Text.Encoding.UTF8.GetByteCount(key) + System.Text.Encoding.UTF8.GetByteCount(value.Text);
        }
        if (size > MaxAnnotationBytes)
            field.Add(FieldError.TooLong(field.Path, MaxAnnotationBytes));
    }

    private const int MaxAnnotationBytes = 256 * 1024;

    private static void Check(Field field, Func<string, IEnumerable<string>> rule)
    {
        if (!field.IsEmpty)
            field.Invalid(rule(field.Text));
    }

    private static IEnumerable<string> PortNameProblems(string name)
    {
        if (name.Length > 15)
            yield return "must be no more than 15 characters";
        if (!PortNamePattern().IsMatch(name))
            yield return "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)";
        if (!name.Any(char.IsAsciiLetterLower))
            yield return "must contain at least one letter (a-z)";
        if (name.Contains("--", StringComparison.Ordinal))
            yield return "must not contain consecutive hyphens";
        if (name.Length > 0 && (name[0] == '-' || name[^1] == '-'))
            yield return "must not begin or end with a hyphen";
    }

    private const string PathRegex = @"[A-Za-z0-9/\-._~%!$&'()*+,;=:]+";

    [GeneratedRegex(@"\A" + PathRegex + @"\z")]
    private static partial Regex PathPattern();

    [GeneratedRegex(@"\A[-a-z0-9]+\z")]
    private static partial Regex PortNamePattern();

    [GeneratedRegex(@"\A[0-9]+%\z")]
    private static partial Regex PercentPattern();
}
