using System.Diagnostics;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Fuzz;

/// <summary>Runs a function on many inputs: it may answer or refuse, and nothing else; soon, and without much memory.</summary>
internal static class Bounded
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private const int Few = 2000;
    private const long MostBytes = 256L << 20;

    /// <summary>What a refusal looks like is <paramref name="isRefusal"/>'s to say: every other exception is a fault, and its input is shown.</summary>
    /// <param name="inputs">Made from a seed that a failure tells.</param>
    /// <param name="seconds">How long; 0 for two thousand inputs, which take a fraction of one.</param>
    /// <param name="run">What is tried.</param>
    /// <param name="isRefusal">The documented exceptions.</param>
    public static void Check<T>(Gen<T> inputs, int seconds, Action<T> run, Func<Exception, bool> isRefusal) => inputs.Sample(
        input =>
        {
            var started = Stopwatch.GetTimestamp();
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                run(input);
            }
            catch (Exception refused) when (isRefusal(refused))
            {
            }
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - allocated < MostBytes, "more memory than the input can need");
            Assert.True(Stopwatch.GetElapsedTime(started) < Longest, $"took {Stopwatch.GetElapsedTime(started)}");
        },
        iter: seconds == 0 ? Few : -1,
        time: seconds == 0 ? -1 : seconds,
        threads: 1);
}
