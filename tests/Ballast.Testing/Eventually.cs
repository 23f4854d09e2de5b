using System.Diagnostics;
using Xunit;

namespace Ballast.Testing;

/// <summary>Waits for what other threads bring about, with a deadline.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Ends when <paramref name="holds"/> gives true; fails the test where it does not within 20 s.</summary>
    public static Task TrueAsync(Func<bool> holds, string what = "the condition") => TrueAsync(() => Task.FromResult(holds()), what);

    /// <inheritdoc cref="TrueAsync(Func{bool}, string)"/>
    public static async Task TrueAsync(Func<Task<bool>> holds, string what = "the condition")
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            if (watch.Elapsed > Patience)
                Assert.Fail($"{what} did not come true within {Patience.TotalSeconds} s");
            await Task.Delay(5);
        }
    }
}
