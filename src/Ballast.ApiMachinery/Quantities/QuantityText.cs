using System.Globalization;

namespace Ballast.ApiMachinery.Quantities;

/// <summary>How quantities are read and written.</summary>
internal static class QuantityText
{
    private const string WrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
    private const string WrongSuffix = "unable to parse quantity's suffix";

    private static readonly string[] DecimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
    private static readonly string[] BinarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

    /// <summary>What is wrong with <paramref name="text"/>; null where nothing is.</summary>
    public static string? Read(ReadOnlySpan<char> text, out Quantity quantity)
    {
        quantity = default;
        var at = 0;
        var negative = text.Length > 0 && text[0] == '-';
        if (text.Length > 0 && text[0] is '+' or '-')
            at++;
        var whole = Digits(text, ref at);
        ReadOnlySpan<char> fraction = [];
        if (at < text.Length && text[at] == '.')
        {
            at++;
            fraction = Digits(text, ref at);
        }
        if (whole.Length + fraction.Length == 0)
            return WrongFormat;
        var suffix = text[at..];
        if (!HasSuffixShape(suffix))
            return WrongFormat;
        if (!TryReadSuffix(suffix, out var format, out var exponent))
            return WrongSuffix;

        var nanos = format == QuantityFormat.BinarySI
            ? Binary(whole, fraction, exponent)
            : Decimal(whole, fraction, exponent + 9);
        if (format == QuantityFormat.BinarySI)
        {
            nanos = Int128.Min(nanos, long.MaxValue * Quantity.NanosPerUnit);
            if (nanos > 0 && nanos < Quantity.NanosPerUnit)
                format = QuantityFormat.DecimalSI;
        }
        quantity = new(negative ? -nanos : nanos, format);
        return null;
    }

    public static string Write(Quantity quantity)
    {
        var nanos = quantity.Nanos;
        if (nanos == 0)
            return "0";
        var small = Int128.Abs(nanos) < 1024 * Quantity.NanosPerUnit;
        if (quantity.Format == QuantityFormat.BinarySI && !small && nanos % Quantity.NanosPerUnit == 0)
        {
            var (units, power) = Reduce(nanos / Quantity.NanosPerUnit, 1024, BinarySuffixes.Length - 1);
            return units.ToString(CultureInfo.InvariantCulture) + BinarySuffixes[power];
        }
        if (quantity.Format == QuantityFormat.DecimalExponent)
        {
            var (number, power) = Reduce(nanos, 1000, int.MaxValue);
            return power == 3
                ? number.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{number}e{(power - 3) * 3}");
        }
        var (amount, step) = Reduce(nanos, 1000, DecimalSuffixes.Length - 1);
        return amount.ToString(CultureInfo.InvariantCulture) + DecimalSuffixes[step];
    }

    private static (Int128 Number, int Power) Reduce(Int128 number, int by, int limit)
    {
        var power = 0;
        while (power < limit && number % by == 0)
        {
            number /= by;
            power++;
        }
        return (number, power);
    }

    // whole.fraction × 10^shift as an integer, rounded up and capped.
    private static Int128 Decimal(ReadOnlySpan<char> whole, ReadOnlySpan<char> fraction, long shift)
    {
        Int128 value = 0;
        var lost = false;
        var kept = whole.Length + shift;
        for (var i = 0; i < whole.Length + fraction.Length; i++)
        {
            var digit = (i < whole.Length ? whole[i] : fraction[i - whole.Length]) - '0';
            if (i >= kept)
                lost |= digit != 0;
            else
                value = Int128.Min(value * 10 + digit, Quantity.MaxNanos);
        }
        for (var i = (long)whole.Length + fraction.Length; i < kept && value != 0 && value < Quantity.MaxNanos; i++)
            value = Int128.Min(value * 10, Quantity.MaxNanos);
        return lost ? value + 1 : value;
    }

    private static Int128 Binary(ReadOnlySpan<char> whole, ReadOnlySpan<char> fraction, int exponent)
    {
        // A fraction of up to 18 digits is exact: 10^18 × 2^60 stays below 2^127; what follows only rounds up.
        var digits = Math.Min(fraction.Length, 18);
        var units = Int128.Min(Decimal(whole, [], 0), long.MaxValue);
        var parts = Decimal([], fraction, digits);
        if (units > (Int128)long.MaxValue >> exponent)
            return long.MaxValue * Quantity.NanosPerUnit;
        var scale = Int128.One;
        for (var i = 0; i < digits; i++)
            scale *= 10;
        var (unitsOfFraction, rest) = Int128.DivRem(parts << exponent, scale);
        var (nanos, remainder) = Int128.DivRem(rest * Quantity.NanosPerUnit, scale);
        return ((units << exponent) + unitsOfFraction) * Quantity.NanosPerUnit + nanos + (remainder != 0 ? 1 : 0);
    }

    private static ReadOnlySpan<char> Digits(ReadOnlySpan<char> text, scoped ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text[start..at];
    }

    private static bool HasSuffixShape(ReadOnlySpan<char> suffix)
    {
        var at = 0;
        while (at < suffix.Length && "eEinumkKMGTP".Contains(suffix[at], StringComparison.Ordinal))
            at++;
        if (at < suffix.Length && suffix[at] is '+' or '-')
            at++;
        _ = Digits(suffix, ref at);
        return at == suffix.Length;
    }

    private static bool TryReadSuffix(ReadOnlySpan<char> suffix, out QuantityFormat format, out int exponent)
    {
        (format, exponent) = (QuantityFormat.DecimalSI, 0);
        for (var i = 0; i < DecimalSuffixes.Length; i++)
        {
            if (!suffix.SequenceEqual(DecimalSuffixes[i]))
                continue;
            exponent = (i - 3) * 3;
            return true;
        }
        for (var i = 1; i < BinarySuffixes.Length; i++)
        {
            if (!suffix.SequenceEqual(BinarySuffixes[i]))
                continue;
            (format, exponent) = (QuantityFormat.BinarySI, i * 10);
            return true;
        }
        if (suffix is not ['e' or 'E', _, ..])
            return false;
        format = QuantityFormat.DecimalExponent;
        return int.TryParse(suffix[1..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out exponent);
    }
}
