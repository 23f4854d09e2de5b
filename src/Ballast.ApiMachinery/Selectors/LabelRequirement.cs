using System.Globalization;
using Ballast.ApiMachinery.Validation;

namespace Ballast.ApiMachinery.Selectors;

/// <summary>How a requirement compares. The names of equality's three spellings are kept apart, as upstream does, so that a selector prints as it was written.</summary>
public enum SelectorOperator
{
    In,
    NotIn,
    Equals,
    DoubleEquals,
    NotEquals,
    Exists,
    DoesNotExist,
    GreaterThan,
    LessThan,
}

/// <summary>One term of a label selector. Made by <see cref="LabelSelector"/>, which has checked it.</summary>
/// <param name="Key">The label.</param>
/// <param name="Operator">How it compares.</param>
/// <param name="Values">Sorted, each once.</param>
public sealed record LabelRequirement(string Key, SelectorOperator Operator, IReadOnlyList<string> Values)
{
    /// <param name="value">The label's value; null where the object does not have the label.</param>
    public bool Matches(string? value) => Operator switch
    {
        SelectorOperator.In or SelectorOperator.Equals or SelectorOperator.DoubleEquals => value is not null && Contains(value),
        SelectorOperator.NotIn or SelectorOperator.NotEquals => value is null || !Contains(value),
        SelectorOperator.Exists => value is not null,
        SelectorOperator.DoesNotExist => value is null,
        SelectorOperator.GreaterThan => TryInteger(value, out var left) && TryInteger(Values[0], out var right) && left > right,
        _ => TryInteger(value, out var left) && TryInteger(Values[0], out var right) && left < right,
    };

    /// <summary>The term as a selector string has it.</summary>
    public override string ToString() => Operator switch
    {
        SelectorOperator.Exists => Key,
        SelectorOperator.DoesNotExist => "!" + Key,
        SelectorOperator.Equals => $"{Key}={Values[0]}",
        SelectorOperator.DoubleEquals => $"{Key}=={Values[0]}",
        SelectorOperator.NotEquals => $"{Key}!={Values[0]}",
        SelectorOperator.GreaterThan => $"{Key}>{Values[0]}",
        SelectorOperator.LessThan => $"{Key}<{Values[0]}",
        SelectorOperator.In => $"{Key} in ({string.Join(',', Values)})",
        _ => $"{Key} notin ({string.Join(',', Values)})",
    };

    /// <summary>A checked requirement, or what is wrong with it.</summary>
    internal static FieldError? TryMake(string key, SelectorOperator op, IEnumerable<string> values, out LabelRequirement requirement)
    {
        var sorted = values.Distinct().Order(StringComparer.Ordinal).ToArray();
        requirement = new(key, op, sorted);
        return KeyError(key) ?? CountError(op, sorted) ?? sorted.Select((value, i) => ValueError(key, value, i)).FirstOrDefault(e => e is not null);
    }

    internal static FieldError? KeyError(string key)
    {
        var errors = NameRules.QualifiedName(key).ToArray();
        return errors.Length == 0 ? null : FieldError.Invalid(FieldPath.Of("key"), key, string.Join("; ", errors));
    }

    private static FieldError? ValueError(string key, string value, int index)
    {
        var errors = NameRules.LabelValue(value).ToArray();
        return errors.Length == 0 ? null : FieldError.Invalid(FieldPath.Of("values").Index(index).Key(key), value, string.Join("; ", errors));
    }

    private static FieldError? CountError(SelectorOperator op, string[] values)
    {
        var path = FieldPath.Of("values");
        return op switch
        {
            SelectorOperator.In or SelectorOperator.NotIn when values.Length == 0 =>
                FieldError.Invalid(path, values, "for 'in', 'notin' operators, values set can't be empty"),
            SelectorOperator.Equals or SelectorOperator.DoubleEquals or SelectorOperator.NotEquals when values.Length != 1 =>
                FieldError.Invalid(path, values, "exact-match compatibility requires one single value"),
            SelectorOperator.Exists or SelectorOperator.DoesNotExist when values.Length != 0 =>
                FieldError.Invalid(path, values, "values set must be empty for exists and does not exist"),
            SelectorOperator.GreaterThan or SelectorOperator.LessThan when values.Length != 1 =>
                FieldError.Invalid(path, values, "for 'Gt', 'Lt' operators, exactly one value is required"),
            SelectorOperator.GreaterThan or SelectorOperator.LessThan when !TryInteger(values[0], out _) =>
                FieldError.Invalid(path.Index(0), values[0], "for 'Gt', 'Lt' operators, the value must be an integer"),
            _ => null,
        };
    }

    private bool Contains(string value)
    {
        for (var i = 0; i < Values.Count; i++)
        {
            if (Values[i] == value)
                return true;
        }
        return false;
    }

    private static bool TryInteger(string? text, out long value) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
}
