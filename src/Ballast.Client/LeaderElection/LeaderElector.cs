using k8s.Autorest;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.Client.LeaderElection;

/// <summary>How a term of leadership ended.</summary>
public enum LeadershipEnd
{
    /// <summary>The caller cancelled, or the work ended by itself; the lock is released where the server could be reached.</summary>
    Stopped,

    /// <summary>The lock could not be renewed in time, or someone else has it; the work has ended.</summary>
    Lost,

    /// <summary>The work had not ended when another may start: end the process now.</summary>
    StillActing,
}

/// <summary>client-go's leader election, on a monotonic clock. For one <see cref="RunAsync"/>.</summary>
/// <remarks>
/// A candidate takes the lock when it has seen the record unchanged for the lease duration by its own monotonic clock, when the
/// holder is empty or when there is no record. The leader's time runs from just before the renewal that succeeded was sent, so
/// it is over before any candidate's is, whatever their wall clocks say and however long an answer took. Its work is cancelled at
/// the renew deadline and has until the lease duration to end. <see cref="MayAct"/> is the same clock, for guards on requests.
/// </remarks>
public sealed class LeaderElector
{
    private static readonly Gauge MasterStatus = Metrics.CreateGauge("leader_election_master_status",
        "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.", "name");

    private readonly ILeaderLock _lock;
    private readonly LeaderElectionOptions _options;
    private readonly TimeProvider _time;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly Gauge.Child _status;

    private LeaderElectionRecord? _observed;
    private long _observedAt;
    private long _renewedAt;
    private string _reported = "";
    private volatile bool _leading;

    /// <param name="leaderLock">What is competed for.</param>
    /// <param name="options">Must have no <see cref="LeaderElectionOptions.Problem"/>.</param>
    /// <param name="name">The <c>name</c> label of the metric: the lease's name.</param>
    /// <param name="time">Its timestamps must not stand still while the process is paused.</param>
    /// <param name="random">Spreads candidates.</param>
    /// <param name="logger">Gets every change of leadership.</param>
    public LeaderElector(ILeaderLock leaderLock, LeaderElectionOptions options, string name, TimeProvider time, Random random, ILogger logger)
    {
        if (options.Problem is { } problem)
            throw new ArgumentException(problem, nameof(options));
        (_lock, _options, _time, _random, _logger) = (leaderLock, options, time, random, logger);
        _status = MasterStatus.WithLabels(name);
        _status.Set(0);
    }

    /// <summary>Called with the identity of each new leader seen, this one included; on the election's loop, so it must be quick.</summary>
    public Action<string>? NewLeader { get; init; }

    /// <summary>True while this process leads and its renew deadline has not passed. Safe to ask from any thread, at any time.</summary>
    public bool MayAct => MayActFor > TimeSpan.Zero;

    /// <summary>For how long this process leads if it is never renewed again; zero or less where it does not. Safe to ask from any thread, at any time.</summary>
    public TimeSpan MayActFor => _leading ? Remaining(_options.RenewDeadline) : TimeSpan.Zero;

    /// <summary>Why this process should be restarted, or null: it leads and has not renewed for <paramref name="tolerance"/> beyond the lease.</summary>
    public string? Check(TimeSpan tolerance) =>
        _leading && Remaining(_options.LeaseDuration + tolerance) < TimeSpan.Zero
            ? $"failed election to renew leadership on lease {_lock.Description}" : null;

    /// <summary>Waits to become the leader, then runs <paramref name="lead"/> until it ends, leadership is lost or the caller cancels.</summary>
    /// <param name="lead">The work. Its token fires when it must stop; it ends by returning or by the cancellation. What it throws is thrown on, after the release.</param>
    /// <param name="cancel">Ends the candidacy or the leadership; the lock is released.</param>
    public async Task<LeadershipEnd> RunAsync(Func<CancellationToken, Task> lead, CancellationToken cancel)
    {
        _logger.LogInformation("Attempting to acquire leader lease {Lease}...", _lock.Description);
        if (!await AcquireAsync(cancel))
            return LeadershipEnd.Stopped;
        _logger.LogInformation("Successfully acquired lease {Lease} as {Identity}", _lock.Description, _lock.Identity);
        _lock.RecordEvent("became leader");

        using var term = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var work = Task.Run(() => lead(term.Token), CancellationToken.None);
        var held = await HoldAsync(work, cancel);
        _leading &= held; // on loss nothing more may be sent, whatever the work still tries
        await term.CancelAsync();
        var ended = await EndedInTimeAsync(work);
        _leading = false;
        _status.Set(0);
        _lock.RecordEvent("stopped leading");

        if (!ended)
            return LeadershipEnd.StillActing;
        if (!held)
            return LeadershipEnd.Lost;
        await ReleaseAsync();
        if (work.IsFaulted)
            await work;
        return LeadershipEnd.Stopped;
    }

    private async Task<bool> AcquireAsync(CancellationToken cancel)
    {
        try
        {
            while (!await TryAcquireOrRenewAsync(cancel))
                await NextAttemptAsync(cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return false;
        }
        _leading = true;
        _status.Set(1);
        return true;
    }

    /// <summary>
    /// The rhythm of a candidate: jittered, but at once when the record changes, so that expiry counts from the last renewal and not from when it was next
    /// looked at, and at the moment of that expiry.
    /// </summary>
    private async Task NextAttemptAsync(CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var changed = _lock.WaitForChangeAsync(either.Token);
        // While no record was seen the API is only just starting, and nobody holds anything: soon again.
        var rhythm = (_observed is null ? _options.RetryPeriod / 4 : _options.RetryPeriod) * (1 + _random.NextDouble() * LeaderElectionOptions.JitterFactor);
        var pause = _observed is { } record && UntilExpiry(record) is { Ticks: > 0 } left ? Least(rhythm, left) : rhythm;
        var period = Task.Delay(pause, _time, either.Token);
        await Task.WhenAny(changed, period);
        await either.CancelAsync();
        await Quietly(Task.WhenAll(changed, period));
        cancel.ThrowIfCancellationRequested();
    }

    /// <returns>False where the lock was not renewed by the deadline; true where the work ended or the caller cancelled.</returns>
    private async Task<bool> HoldAsync(Task work, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var workEnds = Quietly(work).ContinueWith(_ => stop.CancelAsync(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (true)
            {
                await Task.Delay(Least(_options.RetryPeriod, Remaining(_options.RenewDeadline)), _time, stop.Token);
                while (!await TryAcquireOrRenewAsync(stop.Token))
                {
                    if (Remaining(_options.RenewDeadline) <= TimeSpan.Zero)
                    {
                        _logger.LogError("Failed to renew lease {Lease}: the renew deadline has passed", _lock.Description);
                        return false;
                    }
                    if (_observed!.HolderIdentity != _lock.Identity)
                    {
                        _logger.LogError("Lost lease {Lease} to {Holder}", _lock.Description, _observed.HolderIdentity);
                        return false;
                    }
                    await Task.Delay(Least(_options.RetryPeriod / 4, Remaining(_options.RenewDeadline)), _time, stop.Token);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return true;
        }
        finally
        {
            if (work.IsCompleted)
                await workEnds; // it touches the token source that is disposed next
        }
    }

    /// <summary>client-go's step: renew where we lead; take where it is free; otherwise only look. One attempt that hangs leaves time for others.</summary>
    private async Task<bool> TryAcquireOrRenewAsync(CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var patience = _leading ? Least(_options.RenewDeadline / 4, Remaining(_options.RenewDeadline)) : _options.RenewDeadline / 4;
        using var limit = new CancellationTokenSource(patience, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            if (_leading && _observed is { } mine && mine.HolderIdentity == _lock.Identity && await TryRenewFastAsync(mine, both.Token))
                return true;
            var current = await _lock.GetAsync(both.Token);
            if (current is null)
                return await WriteAsync(NewRecord(transitions: 0, acquired: null), _lock.CreateAsync, both.Token);
            if (current != _observed)
                Observe(current);
            var ours = current.HolderIdentity == _lock.Identity;
            if (!ours && current.HolderIdentity.Length > 0 && UntilExpiry(current) > TimeSpan.Zero)
                return false;
            if (!ours && _leading)
                return false; // taken and let go by another meanwhile: our term is over, whoever leads now
            return await WriteAsync(
                ours ? NewRecord(current.LeaderTransitions, current.AcquireTime) : NewRecord(current.LeaderTransitions + 1, acquired: null),
                _lock.UpdateAsync, both.Token);
        }
        catch (Exception e) when (!cancel.IsCancellationRequested
            && e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException or System.Text.Json.JsonException)
        {
            if (e is HttpOperationException { Response.StatusCode: System.Net.HttpStatusCode.Conflict })
                _logger.LogInformation("Lease {Lease} was changed by another candidate first", _lock.Description);
            else
                _logger.LogWarning("Error retrieving or updating lease {Lease}: {Message}", _lock.Description, e is OperationCanceledException ? "no answer in time" : e.ApiMessage);
            return false;
        }
    }

    /// <summary>Writes without reading first, as the leader usually may; where that is refused the slow way decides.</summary>
    private async Task<bool> TryRenewFastAsync(LeaderElectionRecord mine, CancellationToken cancel)
    {
        try
        {
            return await WriteAsync(NewRecord(mine.LeaderTransitions, mine.AcquireTime), _lock.UpdateAsync, cancel);
        }
        catch (HttpOperationException e)
        {
            _logger.LogInformation("Failed to update lease {Lease} optimistically, falling back to slow path: {Message}", _lock.Description, e.Words);
            return false;
        }
    }

    private async Task<bool> WriteAsync(LeaderElectionRecord record, Func<LeaderElectionRecord, CancellationToken, Task> write, CancellationToken cancel)
    {
        var before = _time.GetTimestamp();
        await write(record, cancel);
        Volatile.Write(ref _renewedAt, before);
        Observe(record);
        return true;
    }

    private void Observe(LeaderElectionRecord record)
    {
        _observed = record;
        _observedAt = _time.GetTimestamp();
        if (record.HolderIdentity == _reported)
            return;
        _reported = record.HolderIdentity;
        if (record.HolderIdentity.Length == 0)
            return;
        if (record.HolderIdentity != _lock.Identity)
            _logger.LogInformation("New leader elected: {Identity}", record.HolderIdentity);
        NewLeader?.Invoke(record.HolderIdentity);
    }

    /// <summary>A candidate waits the longer of its own duration and the record's: a leader may have been started with a longer one.</summary>
    private TimeSpan UntilExpiry(LeaderElectionRecord record)
    {
        var stated = TimeSpan.FromSeconds(record.LeaseDurationSeconds);
        return (stated > _options.LeaseDuration ? stated : _options.LeaseDuration) - _time.GetElapsedTime(_observedAt);
    }

    private LeaderElectionRecord NewRecord(int transitions, DateTimeOffset? acquired)
    {
        var now = _time.GetUtcNow();
        return new(_lock.Identity, (int)Math.Ceiling(_options.LeaseDuration.TotalSeconds), acquired ?? now, now, transitions);
    }

    private async Task<bool> EndedInTimeAsync(Task work)
    {
        var ended = Quietly(work);
        if (!ended.IsCompleted && Remaining(_options.LeaseDuration) is { Ticks: > 0 } remaining)
            await Task.WhenAny(ended, Task.Delay(remaining, _time));
        return ended.IsCompleted;
    }

    /// <summary>Empties the record, so that a candidate need not wait. Refused by the server where it is no longer ours.</summary>
    private async Task ReleaseAsync()
    {
        if (_observed is not { } mine || mine.HolderIdentity != _lock.Identity)
            return;
        var now = _time.GetUtcNow();
        using var limit = new CancellationTokenSource(_options.RenewDeadline / 4, _time);
        var free = new LeaderElectionRecord("", 1, now, now, mine.LeaderTransitions);
        try
        {
            try
            {
                await _lock.UpdateAsync(free, limit.Token);
            }
            catch (HttpOperationException e) when (e.IsConflict)
            {
                // A renewal of ours whose answer was lost, or another leader: only the first is ours to release.
                if ((await _lock.GetAsync(limit.Token))?.HolderIdentity != _lock.Identity)
                    return;
                await _lock.UpdateAsync(free, limit.Token);
            }
            _logger.LogInformation("Released lease {Lease}", _lock.Description);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException)
        {
            _logger.LogWarning("Failed to release lease {Lease}, it will run out: {Message}", _lock.Description, e.ApiMessage);
        }
    }

    private TimeSpan Remaining(TimeSpan limit) => limit - _time.GetElapsedTime(Volatile.Read(ref _renewedAt));

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => TimeSpan.FromTicks(Math.Max(0, Math.Min(a.Ticks, b.Ticks)));

    /// <summary>Ends when the task does, whatever its end.</summary>
    private static Task Quietly(Task task) =>
        task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
}
