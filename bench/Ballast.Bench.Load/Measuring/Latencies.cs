using System.Diagnostics;

namespace Ballast.Bench.Load.Measuring;

/// <summary>Latencies in classes of 1/16 of a power of two of microseconds: small, and exact enough for percentiles. Thread-safe.</summary>
internal sealed class Latencies
{
    private const int Steps = 16;

    private readonly long[] _counts = new long[Steps * 40];

    public long Count => _counts.Sum();

    /// <param name="ticks">Of <see cref="Stopwatch"/>.</param>
    public void Record(long ticks)
    {
        var microseconds = Math.Max(1, ticks * 1e6 / Stopwatch.Frequency);
        var place = (int)(Math.Log2(microseconds) * Steps);
        Interlocked.Increment(ref _counts[Math.Min(place, _counts.Length - 1)]);
    }

    /// <summary>In milliseconds; null where nothing was recorded.</summary>
    public double? Percentile(double share)
    {
        var rest = Math.Ceiling(Count * share);
        if (rest == 0)
            return null;
        for (var place = 0; place < _counts.Length; place++)
        {
            rest -= _counts[place];
            if (rest <= 0)
                return Math.Pow(2, (place + 0.5) / Steps) / 1000;
        }
        return null;
    }
}
