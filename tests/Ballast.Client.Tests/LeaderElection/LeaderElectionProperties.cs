using Ballast.Client.LeaderElection;
using CsCheck;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Client.Tests.LeaderElection;

/// <summary>
/// Candidates with wrong wall clocks, a network that loses requests and answers, and processes that stand still for any time: never do
/// two of them believe at the same moment that they may act, and when the trouble is over one of them leads.
/// </summary>
public sealed class LeaderElectionProperties
{
    private const int Candidates = 3;

    /// <param name="Milliseconds">How long it lasts.</param>
    /// <param name="Paused">The candidates that stand still, a bit each.</param>
    /// <param name="Fates">What happens to each candidate's requests.</param>
    private sealed record Step(int Milliseconds, int Paused, Fate[] Fates);

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[500, 12_000],
        Gen.Frequency((3, Gen.Const(0)), (1, Gen.Int[0, (1 << Candidates) - 1])),
        Gen.Frequency((4, Gen.Const(Fate.Answered)), (1, Gen.Const(Fate.Lost)), (1, Gen.Const(Fate.AnswerLost)), (1, Gen.Const(Fate.Late))).Array[Candidates],
        (ms, paused, fates) => new Step(ms, paused, fates));

    [Fact]
    public void Never_two_leaders_act_at_once_and_in_the_end_there_is_one() =>
        Gen.Select(Gen.Int[-100_000, 100_000].Array[Candidates], Steps.Array[1, 20])
            .Sample((skews, steps) => RunAsync(skews, steps).GetAwaiter().GetResult(), iter: 40, threads: 2);

    private static async Task<bool> RunAsync(int[] skews, Step[] steps)
    {
        var record = new SharedRecord();
        using var stop = new CancellationTokenSource();
        var world = new World();
        var clocks = skews.Select(s => new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60).AddSeconds(s))).ToArray();
        var electors = clocks.Select((clock, i) => new LeaderElector(
            new FakeLock(record, $"candidate-{i}", () => world.Fates[i]), LeaderElectionOptions.Default, "property", clock, new Random(i), NullLogger.Instance)).ToArray();
        // A real candidate that lost ends and is started again.
        var runs = electors.Select((_, i) => KeepRunningAsync(i)).ToArray();
        var behind = new TimeSpan[Candidates];
        foreach (var step in steps)
        {
            world.Fates = step.Fates;
            await PassAsync(step.Milliseconds, step.Paused);
        }
        world.Fates = new Fate[Candidates];
        for (var second = 0; second < 600 && Acting(paused: 0).Count != 1; second++)
            await PassAsync(1000, paused: 0);
        var leaders = Acting(paused: 0).Count;
        await stop.CancelAsync();
        foreach (var clock in clocks)
            clock.Advance(TimeSpan.FromMinutes(1));
        await Task.WhenAll(runs);
        return leaders == 1 && !world.Violated;

        async Task KeepRunningAsync(int i)
        {
            while (!stop.IsCancellationRequested)
            {
                await electors[i].RunAsync(token => Task.Delay(Timeout.Infinite, token).ContinueWith(static _ => { }, TaskScheduler.Default), stop.Token);
                electors[i] = new LeaderElector(new FakeLock(record, $"candidate-{i}-{Guid.NewGuid()}", () => world.Fates[i]), LeaderElectionOptions.Default, "property", clocks[i], new Random(i), NullLogger.Instance);
            }
        }

        async Task PassAsync(int milliseconds, int paused)
        {
            for (var left = milliseconds; left > 0; left -= 500)
            {
                var time = TimeSpan.FromMilliseconds(Math.Min(left, 500));
                for (var i = 0; i < Candidates; i++)
                {
                    behind[i] += time;
                    if ((paused & (1 << i)) != 0)
                        continue;
                    clocks[i].Advance(behind[i]); // one that stood still finds all the time gone at once
                    behind[i] = TimeSpan.Zero;
                }
                await Task.Delay(1);
                Check(paused);
            }
        }

        void Check(int paused)
        {
            // A leader's state can change between two looks; two that both may act before and after are two at once.
            var first = Acting(paused);
            var second = Acting(paused);
            if (first.Intersect(second).Count() > 1)
                world.Violated = true;
        }

        List<int> Acting(int paused) => [.. Enumerable.Range(0, Candidates).Where(i => (paused & (1 << i)) == 0 && electors[i].MayAct)];
    }

    private sealed class World
    {
        public Fate[] Fates { get; set; } = new Fate[Candidates];

        public bool Violated { get; set; }
    }
}
