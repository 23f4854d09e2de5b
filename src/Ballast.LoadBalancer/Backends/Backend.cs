using System.Diagnostics.CodeAnalysis;

namespace Ballast.LoadBalancer.Backends;

/// <summary>One API server: its health, its place in the list, and the signals its connections listen to. Thread-safe.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The sources have no timer and no parent: nothing is held.")]
public sealed class Backend(BackendAddress address, bool seed, DateTimeOffset now)
{
    private readonly Lock _gate = new();
    private volatile BackendHealth _health = new(BackendState.Unknown, null, now, 0);
    private CancellationTokenSource _unanswered = new();
    private CancellationTokenSource _evicted = new();
    private volatile object? _unlistedSince;
    private int _connections;
    private long _heard = long.MinValue;

    public BackendAddress Address { get; } = address;

    /// <summary>Named on the command line: never forgotten, because it may be the last way back to the cluster.</summary>
    public bool Seed { get; } = seed;

    public BackendHealth Health => _health;

    /// <summary>When the cluster took it off its list; null while it is on it.</summary>
    public DateTimeOffset? UnlistedSince => (DateTimeOffset?)_unlistedSince;

    public bool Listed => _unlistedSince is null;

    /// <summary>Connections open or being opened.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Fires when a check goes unanswered: who still waits for this server's first byte goes to another.</summary>
    public CancellationToken Unanswered => Volatile.Read(ref _unanswered).Token;

    /// <summary>Fires when its connections have to end now.</summary>
    public CancellationToken Evicted => Volatile.Read(ref _evicted).Token;

    public void Enter() => Interlocked.Increment(ref _connections);

    public void Leave() => Interlocked.Decrement(ref _connections);

    /// <summary>Notes that one of its connections brought bytes, at a timestamp of the monotonic clock.</summary>
    public void Heard(long timestamp) => Volatile.Write(ref _heard, timestamp);

    /// <summary>The timestamp of the last bytes from it; null where there were none.</summary>
    public long? LastHeard => Volatile.Read(ref _heard) is var heard && heard == long.MinValue ? null : heard;

    public void List() => _unlistedSince = null;

    public void Unlist(DateTimeOffset now) => _unlistedSince ??= now;

    /// <summary>Records that it answered. True when the state changed.</summary>
    public bool Answered(bool ready, string? reason, DateTimeOffset now) =>
        Become(ready ? BackendState.Ready : BackendState.NotReady, reason, failures: 0, now);

    /// <summary>Records that it did not answer, and sends those who wait for it elsewhere. True when the state changed.</summary>
    public bool Failed(string reason, DateTimeOffset now)
    {
        var changed = Become(BackendState.Down, reason, _health.Failures + 1, now);
        Fire(ref _unanswered);
        return changed;
    }

    /// <summary>Ends every connection it has now; later ones are not touched.</summary>
    public void Evict() => Fire(ref _evicted);

    private bool Become(BackendState state, string? reason, int failures, DateTimeOffset now)
    {
        lock (_gate)
        {
            var changed = _health.State != state;
            _health = new(state, reason, changed ? now : _health.Since, failures);
            return changed;
        }
    }

    // The old source is cancelled only after the new one is in place, so that whoever comes now waits for the next event.
    private static void Fire(ref CancellationTokenSource source) =>
        _ = Interlocked.Exchange(ref source, new CancellationTokenSource()).CancelAsync();

    public override string ToString() => Address.ToString();
}
