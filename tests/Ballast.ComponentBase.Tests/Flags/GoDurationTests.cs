using Ballast.ComponentBase.Flags;

namespace Ballast.ComponentBase.Tests.Flags;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("15s", 15_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("250ms", 250)]
    [InlineData("1.5s", 1_500)]
    [InlineData("-2m", -120_000)]
    [InlineData("0", 0)]
    public void Reads_what_Go_writes(string text, long milliseconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));
        Assert.Equal(milliseconds, duration.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("15")]
    [InlineData("s")]
    [InlineData("1x")]
    [InlineData("1h 30m")]
    [InlineData("-")]
    public void Refuses_what_Go_refuses(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(1_500, "1.5s")]
    [InlineData(5_400_000, "1h30m0s")]
    [InlineData(60_000, "1m0s")]
    [InlineData(250, "250ms")]
    [InlineData(-2_000, "-2s")]
    public void Writes_what_Go_prints(long milliseconds, string text) =>
        Assert.Equal(text, GoDuration.Format(TimeSpan.FromMilliseconds(milliseconds)));
}
