using System.Diagnostics;
using System.Globalization;
using System.Text;
using Ballast.Bench.Load.Api;
using Ballast.Bench.Load.Measuring;

namespace Ballast.Bench.Load.Workloads;

/// <summary>
/// Many watchers of one namespace, and writes that carry the time they were sent. An event's latency is from there to the watcher that read it. The writes are in
/// the CPU figure too, shared out over the events they made.
/// </summary>
internal sealed class WatchWorkload : IWorkload
{
    private const int Writers = 32;

    private static readonly TimeSpan Stragglers = TimeSpan.FromSeconds(20);

    public Work Work => Works.Watch;

    public async Task<Figures> RunAsync(Bench bench, CancellationToken cancel)
    {
        await bench.FillAsync(cancel);
        var list = await bench.Connections[0].GetObjectAsync(bench.ConfigMaps + "?limit=1", cancel);
        var version = (string?)list["metadata"]?["resourceVersion"];
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var tally = new Tally();
        var watchers = new List<Task>();
        for (var i = 0; i < bench.Options.Watchers; i++)
        {
            var stream = await bench.Connections[i % bench.Connections.Count].OpenAsync($"{bench.ConfigMaps}?watch=true&resourceVersion={version}&timeoutSeconds=600", cancel);
            watchers.Add(Task.Run(() => ReadAsync(stream, tally, end.Token), cancel));
        }
        try
        {
            await RoundAsync(bench, tally, bench.Options.WarmUp, cancel);
            return await RoundAsync(bench, tally, bench.Options.Duration, cancel);
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(watchers);
        }
    }

    private static async Task<Figures> RoundAsync(Bench bench, Tally tally, TimeSpan duration, CancellationToken cancel)
    {
        tally.Begin();
        var cpu = bench.Processes.Cpu;
        var started = Stopwatch.GetTimestamp();
        var writes = await WriteAsync(bench, started, duration, cancel);
        var expected = (long)writes * bench.Options.Watchers;
        var until = Stopwatch.GetTimestamp() + (long)(Stragglers.TotalSeconds * Stopwatch.Frequency);
        while (tally.Received < expected)
        {
            if (Stopwatch.GetTimestamp() > until || tally.Ended > 0)
                throw new WorkloadException($"of {expected:N0} events only {tally.Received:N0} came, {tally.Ended} watches ended");
            await Task.Delay(5, cancel);
        }
        return new Figures
        {
            CpuMilliseconds = (bench.Processes.Cpu - cpu)?.TotalMilliseconds / expected,
            PerSecond = expected / Stopwatch.GetElapsedTime(started).TotalSeconds,
            P50Milliseconds = tally.Latencies.Percentile(0.50),
            P99Milliseconds = tally.Latencies.Percentile(0.99),
        };
    }

    /// <summary>Writes at the rate asked for. Returns how many there were.</summary>
    private static async Task<int> WriteAsync(Bench bench, long started, TimeSpan duration, CancellationToken cancel)
    {
        var rate = bench.Options.WatchedWrites;
        var next = -1;
        var done = 0;
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriterAsync(bench.Connections[w % bench.Connections.Count]), cancel)));
        return done;

        async Task WriterAsync(ApiConnection api)
        {
            while (true)
            {
                var index = Interlocked.Increment(ref next);
                var due = rate == 0 ? Stopwatch.GetElapsedTime(started) : TimeSpan.FromSeconds((double)index / rate);
                if (due >= duration)
                    return;
                var wait = due - Stopwatch.GetElapsedTime(started);
                if (wait > TimeSpan.Zero)
                    await Task.Delay(wait, cancel);
                await api.SendAsync(HttpMethod.Patch, $"{bench.ConfigMaps}/{Bench.NameOf(index % bench.Options.Objects)}",
                    Encoding.UTF8.GetBytes($$$"""{"data":{"sent":"{{{Stopwatch.GetTimestamp()}}}"}}"""), "application/merge-patch+json", cancel);
                Interlocked.Increment(ref done);
            }
        }
    }

    private static async Task ReadAsync(Stream stream, Tally tally, CancellationToken end)
    {
        var buffer = new byte[64 * 1024];
        var held = 0;
        try
        {
            await using (stream)
            {
                int read;
                while ((read = await stream.ReadAsync(buffer.AsMemory(held), end)) > 0)
                {
                    held += read;
                    var taken = Take(buffer.AsSpan(0, held), tally);
                    buffer.AsSpan(taken, held - taken).CopyTo(buffer);
                    held -= taken;
                }
            }
            tally.WatchEnded();
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // measured
        }
        catch (IOException) when (end.IsCancellationRequested)
        {
            // measured, and the connection is closing
        }
    }

    /// <summary>Counts the whole lines. Returns how many bytes they are.</summary>
    private static int Take(ReadOnlySpan<byte> bytes, Tally tally)
    {
        var now = Stopwatch.GetTimestamp();
        var taken = 0;
        for (int length; (length = bytes[taken..].IndexOf((byte)'\n')) >= 0; taken += length + 1)
        {
            var line = bytes.Slice(taken, length);
            var at = line.IndexOf("\"sent\":\""u8);
            if (at < 0)
                continue;
            var digits = line[(at + 8)..];
            digits = digits[..digits.IndexOf((byte)'"')];
            tally.Event(now - long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        return taken;
    }

    /// <summary>What all watchers have read in this round.</summary>
    private sealed class Tally
    {
        private long _received;
        private int _ended;

        public Latencies Latencies { get; private set; } = new();

        public long Received => Interlocked.Read(ref _received);

        public int Ended => Volatile.Read(ref _ended);

        public void Begin()
        {
            Interlocked.Exchange(ref _received, 0);
            Latencies = new();
        }

        public void Event(long ticks)
        {
            Latencies.Record(ticks);
            Interlocked.Increment(ref _received);
        }

        public void WatchEnded() => Interlocked.Increment(ref _ended);
    }
}
