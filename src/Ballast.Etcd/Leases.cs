using Etcdserverpb;

namespace Ballast.Etcd;

/// <summary>Leases: keys attached to one are removed when it runs out.</summary>
public interface ILeases
{
    /// <param name="seconds">Time to live.</param>
    /// <param name="cancel">Ends the wait, not the grant.</param>
    /// <returns>The lease's id.</returns>
    Task<long> GrantAsync(long seconds, CancellationToken cancel);

    /// <summary>Ends the lease; its keys are removed at once.</summary>
    Task RevokeAsync(long lease, CancellationToken cancel);
}

internal sealed class LeaseCalls(Calls calls) : ILeases
{
    public async Task<long> GrantAsync(long seconds, CancellationToken cancel)
    {
        // Repeatable: a grant that nobody learned of runs out by itself.
        var response = await calls.ReadAsync((invoker, o) => new Lease.LeaseClient(invoker).LeaseGrantAsync(new LeaseGrantRequest { TTL = seconds }, o), cancel).ConfigureAwait(false);
        return response.ID;
    }

    public Task RevokeAsync(long lease, CancellationToken cancel) =>
        calls.WriteAsync((invoker, o) => new Lease.LeaseClient(invoker).LeaseRevokeAsync(new LeaseRevokeRequest { ID = lease }, o), cancel);
}

/// <summary>
/// Leases shared by keys that end at about the same time, so that a thousand events do not make a thousand leases. A key lives at least as long as
/// it asked for, and at most <see cref="Window"/> longer. Safe for concurrent use.
/// </summary>
public sealed class SharedLeases(ILeases leases, TimeProvider time)
{
    /// <summary>etcd slows down on leases with very many keys.</summary>
    private const int MostKeys = 1000;

    private readonly Lock _gate = new();
    private Grant? _last;

    public static TimeSpan Window { get; } = TimeSpan.FromSeconds(60);

    /// <summary>A lease that lives for <paramref name="ttl"/> or a little longer.</summary>
    public async Task<long> GetAsync(TimeSpan ttl, CancellationToken cancel)
    {
        Grant? last;
        lock (_gate)
        {
            last = _last;
            if (last is not null && Fits(last, ttl))
            {
                last.Keys++;
                return last.Lease;
            }
        }
        var window = Window < ttl ? Window : ttl / 20;
        var seconds = (long)Math.Ceiling((ttl + window).TotalSeconds);
        var asked = time.GetTimestamp();
        var lease = await leases.GrantAsync(seconds, cancel).ConfigureAwait(false);
        lock (_gate)
        {
            if (_last == last)
                _last = new Grant(lease, asked, TimeSpan.FromSeconds(seconds), window) { Keys = 1 };
        }
        return lease;
    }

    private bool Fits(Grant grant, TimeSpan ttl)
    {
        var left = grant.Ttl - time.GetElapsedTime(grant.Asked);
        return grant.Keys < MostKeys && left >= ttl && left <= ttl + grant.Window + TimeSpan.FromSeconds(1);
    }

    private sealed record Grant(long Lease, long Asked, TimeSpan Ttl, TimeSpan Window)
    {
        public int Keys { get; set; }
    }
}
