using System.Diagnostics.CodeAnalysis;

namespace Ballast.ApiMachinery.Quantities;

/// <summary>The family of suffixes a quantity was written with, and prints with.</summary>
public enum QuantityFormat
{
    /// <summary><c>m</c>, none, <c>k</c>, <c>M</c> …: powers of 1000.</summary>
    DecimalSI,

    /// <summary><c>Ki</c>, <c>Mi</c>, <c>Gi</c> …: powers of 1024.</summary>
    BinarySI,

    /// <summary><c>e3</c>, <c>e6</c> …</summary>
    DecimalExponent,
}

/// <summary>
/// An amount of a resource: <c>500m</c>, <c>1Gi</c>, <c>12e6</c>. Exact to a billionth; what is finer is rounded away from zero when it is read, as
/// upstream does. Amounts beyond 10^28 are capped there. Equality and order are those of the amount; the format is only about printing.
/// </summary>
public readonly struct Quantity : IEquatable<Quantity>, IComparable<Quantity>, IComparable
{
    internal static readonly Int128 NanosPerUnit = 1_000_000_000;
    internal static readonly Int128 MaxNanos = NanosPerUnit * NanosPerUnit * NanosPerUnit * NanosPerUnit * 10;

    internal Quantity(Int128 nanos, QuantityFormat format)
    {
        Nanos = Int128.Clamp(nanos, -MaxNanos, MaxNanos);
        Format = format;
    }

    public static Quantity Zero => default;

    public QuantityFormat Format { get; }

    /// <summary>The amount in billionths.</summary>
    internal Int128 Nanos { get; }

    public bool IsZero => Nanos == 0;

    public int Sign => Int128.Sign(Nanos);

    /// <summary>In whole units, rounded away from zero; as near as a long gets where it does not fit.</summary>
    public long Value => Scaled(NanosPerUnit);

    /// <summary>In thousandths, rounded away from zero; as near as a long gets where it does not fit.</summary>
    public long MilliValue => Scaled(NanosPerUnit / 1000);

    public static Quantity Of(long value, QuantityFormat format = QuantityFormat.DecimalSI) => new(value * NanosPerUnit, format);

    public static Quantity OfMilli(long value, QuantityFormat format = QuantityFormat.DecimalSI) => new(value * (NanosPerUnit / 1000), format);

    /// <exception cref="FormatException">In upstream's words.</exception>
    public static Quantity Parse(string text) => QuantityText.Read(text, out var quantity) is { } error ? throw new FormatException(error) : quantity;

    public static bool TryParse([NotNullWhen(true)] string? text, out Quantity quantity) => TryParse(text, out quantity, out _);

    /// <param name="text">What to read.</param>
    /// <param name="quantity">The amount; zero where it cannot be read.</param>
    /// <param name="error">Upstream's words; null where it can.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, out Quantity quantity, [NotNullWhen(false)] out string? error)
    {
        error = QuantityText.Read(text ?? "", out quantity);
        return error is null;
    }

    /// <summary>A sum prints in the format of the left side, or of the right side where the left is zero.</summary>
    public static Quantity operator +(Quantity left, Quantity right) => new(left.Nanos + right.Nanos, left.IsZero ? right.Format : left.Format);

    public static Quantity operator -(Quantity left, Quantity right) => new(left.Nanos - right.Nanos, left.IsZero ? right.Format : left.Format);

    public static Quantity operator -(Quantity value) => new(-value.Nanos, value.Format);

    public static bool operator ==(Quantity left, Quantity right) => left.Nanos == right.Nanos;

    public static bool operator !=(Quantity left, Quantity right) => left.Nanos != right.Nanos;

    public static bool operator <(Quantity left, Quantity right) => left.Nanos < right.Nanos;

    public static bool operator >(Quantity left, Quantity right) => left.Nanos > right.Nanos;

    public static bool operator <=(Quantity left, Quantity right) => left.Nanos <= right.Nanos;

    public static bool operator >=(Quantity left, Quantity right) => left.Nanos >= right.Nanos;

    public int CompareTo(Quantity other) => Nanos.CompareTo(other.Nanos);

    public int CompareTo(object? obj) => obj is Quantity other ? CompareTo(other) : throw new ArgumentException("not a Quantity", nameof(obj));

    public bool Equals(Quantity other) => Nanos == other.Nanos;

    public override bool Equals(object? obj) => obj is Quantity other && Equals(other);

    public override int GetHashCode() => Nanos.GetHashCode();

    /// <summary>The canonical form: no fraction, the largest suffix that keeps it exact.</summary>
    public override string ToString() => QuantityText.Write(this);

    private long Scaled(Int128 unit)
    {
        var (whole, rest) = Int128.DivRem(Nanos, unit);
        return (long)Int128.Clamp(whole + Int128.Sign(rest), long.MinValue, long.MaxValue);
    }
}
