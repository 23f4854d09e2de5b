using System.Diagnostics;
using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;

namespace Ballast.Bench.Load.Workloads;

/// <summary>Sends one request, the <paramref name="index"/>th. The number returned is of no interest.</summary>
internal delegate ValueTask<long> BenchRequest(ApiConnection api, int index, CancellationToken cancel);

/// <summary>All clients send requests of one kind, each the next as soon as the one before was answered.</summary>
internal static class RequestLoop
{
    /// <summary>Sends <paramref name="count"/> requests.</summary>
    public static Task<Figures> CountAsync(Bench bench, int count, BenchRequest request, CancellationToken cancel) =>
        MeasureAsync(bench, index => index < count, request, cancel);

    /// <summary>Sends for a while that does not count, then for the time that is asked for.</summary>
    public static async Task<Figures> ForAWhileAsync(Bench bench, BenchRequest request, CancellationToken cancel)
    {
        await WarmUpAsync(bench, request, cancel);
        return await ForAsync(bench, bench.Options.Duration, request, cancel);
    }

    /// <summary>Sends for a while that does not count.</summary>
    public static Task WarmUpAsync(Bench bench, BenchRequest request, CancellationToken cancel) => ForAsync(bench, bench.Options.WarmUp, request, cancel);

    private static Task<Figures> ForAsync(Bench bench, TimeSpan duration, BenchRequest request, CancellationToken cancel)
    {
        var end = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        return MeasureAsync(bench, _ => Stopwatch.GetTimestamp() < end, request, cancel);
    }

    private static async Task<Figures> MeasureAsync(Bench bench, Func<int, bool> goesOn, BenchRequest request, CancellationToken cancel)
    {
        var latencies = new Latencies();
        var next = -1;
        var done = 0;
        var cpu = bench.Processes.Cpu;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, bench.Options.Clients).Select(c => Task.Run(() => ClientAsync(bench.Connections[c % bench.Connections.Count]), cancel)));
        var elapsed = Stopwatch.GetElapsedTime(started);
        return new Figures
        {
            CpuMilliseconds = (bench.Processes.Cpu - cpu)?.TotalMilliseconds / Math.Max(1, done),
            PerSecond = done / elapsed.TotalSeconds,
            P50Milliseconds = latencies.Percentile(0.50),
            P99Milliseconds = latencies.Percentile(0.99),
        };

        async Task ClientAsync(ApiConnection api)
        {
            for (int index; goesOn(index = Interlocked.Increment(ref next));)
            {
                var sent = Stopwatch.GetTimestamp();
                await request(api, index, cancel);
                latencies.Record(Stopwatch.GetTimestamp() - sent);
                Interlocked.Increment(ref done);
            }
        }
    }
}
