using System.Collections.Concurrent;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Status;
using Microsoft.Extensions.Logging;

namespace Ballast.LoadBalancer.Health;

/// <summary>Checks every server on its own beat, and ends the connections of those that cannot serve them any more.</summary>
internal sealed class HealthMonitor(
    BackendPool pool, IHealthProbe probe, HealthMonitorOptions options, LoadBalancerMetrics metrics, TimeProvider time, ILogger<HealthMonitor> log)
{
    // One missed check may be a busy machine; its connections are only cut when the server stays silent, on them too.
    private const int FailuresToEvict = 5;

    private readonly ConcurrentDictionary<Backend, SemaphoreSlim> _wakeups = new();

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var loops = new ConcurrentDictionary<Backend, (Task Loop, CancellationTokenSource Stop)>();
        void Start(Backend backend) => loops.GetOrAdd(backend, added =>
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            return (CheckRegularlyAsync(added, stop.Token), stop);
        });
        void Stop(Backend backend)
        {
            if (loops.TryRemove(backend, out var loop)) _ = loop.Stop.CancelAsync();
        }

        pool.Added += Start;
        pool.Removed += Stop;
        foreach (var backend in pool.Backends) Start(backend);
        var ended = new TaskCompletionSource();
        await using var registration = cancellationToken.UnsafeRegister(_ => ended.TrySetResult(), null);
        await ended.Task;
        pool.Added -= Start;
        pool.Removed -= Stop;
        await Task.WhenAll(loops.Values.Select(l => l.Loop));
    }

    /// <summary>A connection to it failed: it is out at once, whatever the last check said.</summary>
    public void ReportFailure(Backend backend, string reason)
    {
        // Where it is out already its beat tells when it is back: every client that waits for that fails again and again.
        if (!backend.Failed(reason, time.GetUtcNow())) return;
        LogChange(backend);
        RequestCheck(backend);
    }

    /// <summary>Something about it is odd: look now.</summary>
    public void RequestCheck(Backend backend)
    {
        if (_wakeups.TryGetValue(backend, out var wakeup) && wakeup.CurrentCount == 0) wakeup.Release();
    }

    private async Task CheckRegularlyAsync(Backend backend, CancellationToken cancellationToken)
    {
        await Task.Yield();
        using var wakeup = new SemaphoreSlim(0);
        _wakeups[backend] = wakeup;
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                var started = time.GetTimestamp();
                await CheckAsync(backend, cancellationToken);
                if (MustEvict(backend)) Evict(backend);
                if (!backend.Listed && !backend.Seed && backend.Connections == 0) pool.Forget(backend);
                await PauseAsync(wakeup, options.Interval - time.GetElapsedTime(started), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        finally
        {
            _wakeups.TryRemove(backend, out _);
        }
    }

    internal async Task CheckAsync(Backend backend, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(options.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        bool changed;
        try
        {
            var reason = await probe.ProbeAsync(backend.Address, both.Token);
            changed = backend.Answered(reason is null, reason, time.GetUtcNow());
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            changed = backend.Failed($"no answer to /readyz within {options.Timeout.TotalMilliseconds:0} ms", time.GetUtcNow());
        }
        catch (HttpRequestException e)
        {
            changed = backend.Failed((e.InnerException ?? e).Message, time.GetUtcNow());
        }
        metrics.Checked(backend);
        if (changed) LogChange(backend);
    }

    /// <summary>Whether its connections are better off elsewhere. Never when there is no elsewhere.</summary>
    internal bool MustEvict(Backend backend)
    {
        if (backend.Connections == 0) return false;
        if (!pool.Backends.Any(b => b != backend && b.Listed && b.Health.State == BackendState.Ready)) return false;
        var now = time.GetUtcNow();
        return backend.Health switch
        {
            { State: BackendState.Down, Failures: >= FailuresToEvict } => !IsBusy(backend),
            { State: BackendState.NotReady } health when now - health.Since >= options.DrainTimeout => true,
            _ => now - backend.UnlistedSince >= options.DrainTimeout,
        };
    }

    /// <summary>A server that still sends to its clients does not hang: it is too busy to answer in time, and cutting its connections would only move the load.</summary>
    private bool IsBusy(Backend backend) => backend.LastHeard is { } heard && time.GetElapsedTime(heard) < options.Interval * FailuresToEvict;

    private void Evict(Backend backend)
    {
        log.LogInformation("Closing {Connections} connections of {Backend}: {Reason}", backend.Connections, backend, backend.Health.Reason ?? "no longer listed");
        metrics.Evicted(backend);
        backend.Evict();
    }

    // A report of trouble cuts the wait short, but a broken server is not asked in a tight loop.
    private async Task PauseAsync(SemaphoreSlim wakeup, TimeSpan pause, CancellationToken cancellationToken)
    {
        var shortest = options.Interval / 10;
        await Task.Delay(shortest, time, cancellationToken);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wait = Task.Delay(pause > shortest ? pause - shortest : TimeSpan.Zero, time, enough.Token);
        var woken = wakeup.WaitAsync(enough.Token);
        _ = await Task.WhenAny(wait, woken);
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private void LogChange(Backend backend)
    {
        var health = backend.Health;
        if (health.State == BackendState.Ready) log.LogInformation("Server {Backend} is ready", backend);
        else log.LogWarning("Server {Backend} is {State}: {Reason}", backend, health.State, health.Reason);
    }
}

/// <param name="Interval">Between the starts of two checks of a server.</param>
/// <param name="DrainTimeout">How long a server that is not ready, or off the list, keeps its connections.</param>
internal sealed record HealthMonitorOptions(TimeSpan Interval, TimeSpan DrainTimeout)
{
    /// <summary>Shorter than the interval, so that a hanging server costs at most one beat.</summary>
    public TimeSpan Timeout => Interval * 0.8;
}
