using Etcdserverpb;
using Grpc.Core;

namespace Ballast.Etcd;

/// <summary>
/// The members, and which of them a call should go to: a healthy one with the fewest calls under way. A member that failed is left alone, and
/// probed once a second until it answers and knows a leader, so that no caller pays for finding out.
/// </summary>
internal sealed class EndpointPool : IDisposable
{
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(1);

    private readonly Endpoint[] _endpoints;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private uint _turn;

    public EndpointPool(EtcdOptions options, TimeProvider time)
    {
        if (options.Endpoints.Count == 0)
            throw new ArgumentException("at least one etcd endpoint is needed", nameof(options));
        var security = options.Tls is null ? null : new EtcdTransportSecurity(options.Tls);
        _endpoints = [.. options.Endpoints.Select(address => new Endpoint(address, options, security))];
        _time = time;
        // Servers that start together should not all lean on the first member.
        _turn = (uint)Random.Shared.Next(_endpoints.Length);
    }

    public IReadOnlyList<Endpoint> Endpoints => _endpoints;

    /// <summary>The best member not in <paramref name="tried"/>; when all were tried, the best of all.</summary>
    public Endpoint Pick(IReadOnlySet<Endpoint> tried)
    {
        var turn = Interlocked.Increment(ref _turn);
        Endpoint? best = null;
        for (var i = 0; i < _endpoints.Length; i++)
        {
            var candidate = _endpoints[(turn + i) % _endpoints.Length];
            if (best is null || Rank(candidate, tried) < Rank(best, tried))
                best = candidate;
        }
        return best!;
    }

    private static long Rank(Endpoint endpoint, IReadOnlySet<Endpoint> tried) =>
        endpoint.Outstanding + (endpoint.Failed ? 1L << 32 : 0) + (tried.Contains(endpoint) ? 1L << 33 : 0);

    public Endpoint At(Uri address) => _endpoints.FirstOrDefault(e => e.Address == address)
        ?? throw new ArgumentException($"{address} is not one of this client's etcd endpoints", nameof(address));

    public void ReportFailure(Endpoint endpoint)
    {
        lock (endpoint)
        {
            if (endpoint.Failed || _stop.IsCancellationRequested)
                return;
            endpoint.Failed = true;
        }
        _ = ProbeUntilHealthyAsync(endpoint, _stop.Token);
    }

    private async Task ProbeUntilHealthyAsync(Endpoint endpoint, CancellationToken stop)
    {
        var maintenance = new Maintenance.MaintenanceClient(endpoint.Invoker);
        try
        {
            while (true)
            {
                await Task.Delay(ProbeInterval, _time, stop).ConfigureAwait(false);
                try
                {
                    var status = await maintenance.StatusAsync(new StatusRequest(), deadline: DateTime.UtcNow.AddSeconds(2), cancellationToken: stop).ConfigureAwait(false);
                    if (status.Leader == 0)
                        continue;
                    endpoint.Failed = false;
                    return;
                }
                catch (RpcException) when (!stop.IsCancellationRequested)
                {
                    // still down; ask again
                }
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // the client is being disposed of
        }
    }

    public void Dispose()
    {
        _stop.Cancel();
        foreach (var endpoint in _endpoints)
            endpoint.Dispose();
        _stop.Dispose();
    }
}
