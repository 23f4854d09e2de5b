using System.Text;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiMachinery.Selectors;

/// <param name="Field">As written: <c>metadata.name</c>, <c>spec.nodeName</c>.</param>
/// <param name="IsEqual">False for <c>!=</c>.</param>
/// <param name="Value">Unescaped.</param>
public sealed record FieldRequirement(string Field, bool IsEqual, string Value)
{
    public bool Matches(string actual) => (actual == Value) == IsEqual;

    public override string ToString()
    {
        var escaped = Value.Replace("\\", @"\\", StringComparison.Ordinal).Replace(",", @"\,", StringComparison.Ordinal).Replace("=", @"\=", StringComparison.Ordinal);
        return Field + (IsEqual ? "=" : "!=") + escaped;
    }
}

/// <summary>
/// Which objects, by a few of their fields: all requirements hold. Immutable. Whether a resource supports a field is for the caller to
/// say: it knows the resource.
/// </summary>
public sealed class FieldSelector
{
    private FieldSelector(IReadOnlyList<FieldRequirement> requirements) => Requirements = requirements;

    public static FieldSelector Everything { get; } = new([]);

    public IReadOnlyList<FieldRequirement> Requirements { get; }

    public bool IsEverything => Requirements.Count == 0;

    /// <summary>Reads a request's <c>fieldSelector</c>. Null and empty select everything.</summary>
    /// <exception cref="StatusException">BadRequest, in upstream's words.</exception>
    public static FieldSelector Parse(string? selector)
    {
        if (string.IsNullOrEmpty(selector))
            return Everything;
        var requirements = SplitTerms(selector).Where(t => t.Length > 0).Select(t => ParseTerm(selector, t)).OrderBy(r => r.ToString(), StringComparer.Ordinal).ToArray();
        return requirements.Length == 0 ? Everything : new(requirements);
    }

    public static FieldSelector OneTerm(string field, string value) => new([new(field, true, value)]);

    /// <param name="read">The object's value of a field; the empty string where it is unset.</param>
    public bool Matches(Func<string, string> read)
    {
        for (var i = 0; i < Requirements.Count; i++)
        {
            if (!Requirements[i].Matches(read(Requirements[i].Field)))
                return false;
        }
        return true;
    }

    /// <summary>The one value <paramref name="field"/> must have; null where the selector leaves it open.</summary>
    public string? RequiredValue(string field) => Requirements.FirstOrDefault(r => r.IsEqual && r.Field == field)?.Value;

    public override string ToString() => string.Join(',', Requirements);

    private static IEnumerable<string> SplitTerms(string selector)
    {
        var start = 0;
        for (var i = 0; i < selector.Length; i++)
        {
            if (selector[i] == '\\')
            {
                i++;
            }
            else if (selector[i] == ',')
            {
                yield return selector[start..i];
                start = i + 1;
            }
        }
        yield return selector[start..];
    }

    private static FieldRequirement ParseTerm(string selector, string term)
    {
        for (var i = 0; i < term.Length; i++)
        {
            var rest = term.AsSpan(i);
            if (rest.StartsWith("!=", StringComparison.Ordinal))
                return new(term[..i], false, Unescape(term[(i + 2)..]));
            if (rest.StartsWith("==", StringComparison.Ordinal))
                return new(term[..i], true, Unescape(term[(i + 2)..]));
            if (rest[0] == '=')
                return new(term[..i], true, Unescape(term[(i + 1)..]));
        }
        throw StatusException.BadRequest($"invalid selector: '{selector}'; can't understand '{term}'");
    }

    private static string Unescape(string value)
    {
        if (value.AsSpan().IndexOfAny('\\', ',', '=') < 0)
            return value;
        var plain = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            if (value[i] is ',' or '=')
                throw StatusException.BadRequest($"invalid field selector: unescaped character in value: {value[i]}");
            if (value[i] != '\\')
            {
                _ = plain.Append(value[i]);
                continue;
            }
            i++;
            if (i == value.Length)
                throw StatusException.BadRequest(@"invalid field selector: invalid escape sequence: \");
            if (value[i] is not ('\\' or ',' or '='))
                throw StatusException.BadRequest($@"invalid field selector: invalid escape sequence: \{value[i]}");
            _ = plain.Append(value[i]);
        }
        return plain.ToString();
    }
}
