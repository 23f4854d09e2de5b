using Ballast.ApiMachinery.Quantities;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Quantities;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("0", "0")]
    [InlineData("1000m", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("1.5", "1500m")]
    [InlineData("1500m", "1500m")]
    [InlineData("100000", "100k")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("0.5Mi", "512Ki")]
    [InlineData("512", "512")]
    [InlineData("1023Ki", "1023Ki")]
    [InlineData("0.5Ki", "512")]
    [InlineData("0.1Ki", "102400m")]
    [InlineData("1e3", "1e3")]
    [InlineData("1e5", "100e3")]
    [InlineData("12E", "12E")]
    [InlineData("1E3", "1e3")]
    [InlineData("-1.5", "-1500m")]
    [InlineData("+3k", "3k")]
    [InlineData("1n", "1n")]
    [InlineData("0.1n", "1n")]
    [InlineData("1.0000000001", "1000000001n")]
    [InlineData(".5", "500m")]
    [InlineData("5.", "5")]
    [InlineData("00012", "12")]
    [InlineData("9Ei", "9223372036854775807")]
    public void Prints_in_canonical_form(string text, string canonical) => Assert.Equal(canonical, Quantity.Parse(text).ToString());

    [Theory]
    [InlineData("", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [InlineData("abc", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [InlineData("1 Gi", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [InlineData("1i", "unable to parse quantity's suffix")]
    [InlineData("1mi", "unable to parse quantity's suffix")]
    [InlineData("1e", "unable to parse quantity's suffix")]
    public void Refuses_in_upstreams_words(string text, string message)
    {
        Assert.False(Quantity.TryParse(text, out _, out var error));
        Assert.Equal(message, error);
    }

    [Theory]
    [InlineData("1Gi", 1073741824)]
    [InlineData("1500m", 2)]
    [InlineData("-1500m", -2)]
    [InlineData("1n", 1)]
    [InlineData("1e30", long.MaxValue)]
    public void Values_round_away_from_zero_and_stop_at_the_ends(string text, long value) => Assert.Equal(value, Quantity.Parse(text).Value);

    [Fact]
    public void A_sum_keeps_the_format_of_what_is_not_zero()
    {
        Assert.Equal("3Gi", (Quantity.Parse("1Gi") + Quantity.Parse("2Gi")).ToString());
        Assert.Equal("2Gi", (Quantity.Zero + Quantity.Parse("2Gi")).ToString());
        Assert.Equal("1100m", (Quantity.Parse("1") + Quantity.Parse("100m")).ToString());
        Assert.Equal("-1Gi", (Quantity.Parse("1Gi") - Quantity.Parse("2Gi")).ToString());
    }

    private static readonly Gen<Quantity> Any = Gen.Select(Gen.Long[-1_000_000_000_000, 1_000_000_000_000], Gen.OneOf("n", "u", "m", "", "k", "M", "Ki", "Mi", "e3", "e-3"),
        (number, suffix) => Quantity.Parse(number + suffix));

    [Fact]
    public void Text_round_trips() =>
        Any.Sample(q => Quantity.Parse(q.ToString()) == q && Quantity.Parse(q.ToString()).ToString() == q.ToString());

    [Fact]
    public void Addition_and_order_agree() =>
        Gen.Select(Any, Any).Sample((a, b) => a + b == b + a && a + b - b == a && (a < b) == ((b - a).Sign > 0) && a.CompareTo(b) == -b.CompareTo(a));
}
