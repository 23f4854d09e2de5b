using Ballast.Client.LeaderElection;
using Ballast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Client.Tests.LeaderElection;

public sealed class LeaderElectorTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly SharedRecord _record = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private Fate _fate = Fate.Answered;

    [Fact]
    public async Task Takes_a_free_lock_and_renews_it()
    {
        var elector = Elector("a");
        var work = new Work();
        _ = Run(elector, work);
        await Eventually.TrueAsync(() => work.IsRunning);
        var first = _record.Read().Record!;
        Assert.Equal(("a", 15, 0), (first.HolderIdentity, first.LeaseDurationSeconds, first.LeaderTransitions));
        await PassAsync(60);
        Assert.True(elector.MayAct);
        var later = _record.Read().Record!;
        Assert.Equal(first.AcquireTime, later.AcquireTime);
        Assert.True(later.RenewTime - first.RenewTime >= TimeSpan.FromSeconds(55));
    }

    [Fact]
    public async Task Releases_on_the_way_out_after_the_work_has_ended()
    {
        var work = new Work { EndsOnlyWhen = new() };
        var run = Run(Elector("a"), work);
        await Eventually.TrueAsync(() => work.IsRunning);
        await _stop.CancelAsync();
        Assert.Equal("a", _record.Read().Record!.HolderIdentity);
        work.EndsOnlyWhen.SetResult();
        Assert.Equal(LeadershipEnd.Stopped, await run);
        Assert.Equal("", _record.Read().Record!.HolderIdentity);
        Assert.Equal(1, _record.Read().Record!.LeaseDurationSeconds);
    }

    [Fact]
    public async Task A_released_lock_is_taken_over_at_the_next_attempt()
    {
        _record.Write(new("gone", 15, _time.GetUtcNow(), _time.GetUtcNow(), 4), 0);
        var work = new Work();
        _ = Run(Elector("b"), work);
        await PassAsync(3);
        Assert.False(work.IsRunning);
        _record.Write(new("", 1, _time.GetUtcNow(), _time.GetUtcNow(), 4), 1);
        await PassAsync(5);
        await Eventually.TrueAsync(() => work.IsRunning);
        Assert.Equal(5, _record.Read().Record!.LeaderTransitions);
    }

    [Theory]
    [InlineData(-86400)]
    [InlineData(0)]
    [InlineData(86400)]
    public async Task The_holders_clock_does_not_count_only_how_long_the_record_was_seen_unchanged(int skewSeconds)
    {
        var remote = _time.GetUtcNow().AddSeconds(skewSeconds);
        _record.Write(new("dead", 15, remote, remote, 0), 0);
        var work = new Work();
        _ = Run(Elector("b"), work);
        await PassAsync(14);
        Assert.False(work.IsRunning);
        await PassAsync(2);
        await Eventually.TrueAsync(() => work.IsRunning);
    }

    [Fact]
    public async Task Expiry_counts_from_the_last_renewal_where_changes_are_heard_of()
    {
        var version = _record.Write(new("a", 15, _time.GetUtcNow(), _time.GetUtcNow(), 0), 0);
        var work = new Work();
        _ = Run(new(new FakeLock(_record, "b", () => _fate) { HearsOfChanges = true }, LeaderElectionOptions.Default, "test", _time, new Random(1), NullLogger.Instance), work);
        for (var renewals = 0; renewals < 4; renewals++)
        {
            await PassAsync(2);
            version = _record.Write(_record.Read().Record! with { RenewTime = _time.GetUtcNow() }, version);
        }
        await PassAsync(14);
        Assert.False(work.IsRunning);
        await PassAsync(1);
        await Eventually.TrueAsync(() => work.IsRunning);
    }

    [Fact]
    public async Task A_process_that_was_stopped_for_too_long_may_not_act_when_it_goes_on()
    {
        var clock = new Clock(_time);
        var elector = new LeaderElector(new FakeLock(_record, "a", () => _fate), LeaderElectionOptions.Default, "test", clock, new Random(1), NullLogger.Instance);
        var work = new Work();
        _ = Run(elector, work);
        await Eventually.TrueAsync(() => work.IsRunning);
        clock.Missed = TimeSpan.FromSeconds(9);
        Assert.True(elector.MayAct);
        clock.Missed = TimeSpan.FromSeconds(10);
        Assert.True(work.IsRunning); // nothing of it has run yet that could have noticed: the clock alone forbids
        Assert.False(elector.MayAct);
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_may_not_act_from_the_renew_deadline_on_and_its_work_is_cancelled()
    {
        var elector = Elector("a");
        var work = new Work();
        var run = Run(elector, work);
        await Eventually.TrueAsync(() => work.IsRunning);
        _fate = Fate.Lost;
        await PassAsync(9);
        Assert.True(elector.MayAct);
        await PassAsync(1);
        Assert.False(elector.MayAct);
        await PassAsync(1);
        Assert.Equal(LeadershipEnd.Lost, await run);
        Assert.False(work.IsRunning);
        Assert.Equal("a", _record.Read().Record!.HolderIdentity);
    }

    [Fact]
    public async Task Work_that_does_not_end_before_the_lease_does_is_reported()
    {
        var work = new Work { EndsOnlyWhen = new() };
        var run = Run(Elector("a"), work);
        await Eventually.TrueAsync(() => work.IsRunning);
        _fate = Fate.Lost;
        await PassAsync(20);
        Assert.Equal(LeadershipEnd.StillActing, await run);
        work.EndsOnlyWhen.SetResult();
    }

    [Fact]
    public async Task A_renewal_whose_answer_was_lost_does_not_cost_the_leadership()
    {
        var elector = Elector("a");
        var work = new Work();
        _ = Run(elector, work);
        await Eventually.TrueAsync(() => work.IsRunning);
        _fate = Fate.AnswerLost;
        await PassAsync(4);
        _fate = Fate.Answered;
        await PassAsync(30);
        Assert.True(elector.MayAct);
        Assert.Equal(0, _record.Read().Record!.LeaderTransitions);
    }

    [Fact]
    public async Task A_leader_whose_lock_was_taken_stops()
    {
        var elector = Elector("a");
        var work = new Work();
        var run = Run(elector, work);
        await Eventually.TrueAsync(() => work.IsRunning);
        var (record, version) = _record.Read();
        _record.Write(record! with { HolderIdentity = "b", LeaderTransitions = 1 }, version);
        await PassAsync(3);
        Assert.Equal(LeadershipEnd.Lost, await run);
        Assert.Equal("b", _record.Read().Record!.HolderIdentity);
    }

    [Fact]
    public async Task Work_that_fails_gives_the_lock_up_and_its_failure_on()
    {
        var run = Elector("a").RunAsync(_ => throw new InvalidOperationException("broken"), _stop.Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => run);
        Assert.Equal("", _record.Read().Record!.HolderIdentity);
    }

    [Fact]
    public void Times_that_do_not_fit_together_are_refused()
    {
        Assert.Equal("leaseDuration must be greater than renewDeadline", (LeaderElectionOptions.Default with { LeaseDuration = TimeSpan.FromSeconds(10) }).Problem);
        Assert.Equal("renewDeadline must be greater than retryPeriod*JitterFactor", (LeaderElectionOptions.Default with { RetryPeriod = TimeSpan.FromSeconds(9) }).Problem);
        Assert.Null(LeaderElectionOptions.Default.Problem);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running).ContinueWith(_ => { }, TaskScheduler.Default);
        _stop.Dispose();
    }

    private LeaderElector Elector(string identity) => new(
        new FakeLock(_record, identity, () => _fate), LeaderElectionOptions.Default, "test", _time, new Random(1), NullLogger.Instance);

    private Task<LeadershipEnd> Run(LeaderElector elector, Work work)
    {
        var run = elector.RunAsync(work.RunAsync, _stop.Token);
        _running.Add(run);
        return run;
    }

    /// <summary>Lets fake time pass, with real moments between the steps in which continuations run.</summary>
    private async Task PassAsync(int seconds)
    {
        for (var step = 0; step < seconds * 4; step++)
        {
            await Task.Delay(4, TestContext.Current.CancellationToken);
            _time.Advance(TimeSpan.FromMilliseconds(250));
        }
        await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    /// <summary>A clock that has gone on while the process stood still: no timer has fired for the time it missed.</summary>
    private sealed class Clock(FakeTimeProvider inner) : TimeProvider
    {
        public TimeSpan Missed { get; set; }

        public override long TimestampFrequency => inner.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Missed;

        public override long GetTimestamp() => inner.GetTimestamp() + (long)(Missed.TotalSeconds * TimestampFrequency);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => inner.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class Work
    {
        private int _running;

        public bool IsRunning => Volatile.Read(ref _running) > 0;

        /// <summary>Where set, the work ignores its cancellation until then.</summary>
        public TaskCompletionSource? EndsOnlyWhen { get; init; }

        public async Task RunAsync(CancellationToken cancel)
        {
            Interlocked.Increment(ref _running);
            try
            {
                await (EndsOnlyWhen?.Task ?? Task.Delay(Timeout.Infinite, cancel));
            }
            catch (OperationCanceledException)
            {
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }
}
