namespace Ballast.Etcd;

/// <summary>
/// A client of one etcd cluster. Connections are made when needed and shared by all calls; whatever is under way when it is disposed of fails.
/// Safe for concurrent use.
/// </summary>
public sealed class EtcdClient : IDisposable
{
    private readonly EndpointPool _pool;

    public EtcdClient(EtcdOptions options, TimeProvider time)
    {
        _pool = new EndpointPool(options, time);
        Endpoints = options.Endpoints;
        var calls = new Calls(_pool, options, time);
        KeyValues = new KeyValueCalls(calls);
        Watches = new WatchCalls(_pool, options, time);
        Leases = new LeaseCalls(calls);
        Members = new MemberCalls(calls);
        Maintenance = new MaintenanceCalls(calls, _pool, options);
    }

    public IReadOnlyList<Uri> Endpoints { get; }

    public IKeyValues KeyValues { get; }

    public IWatches Watches { get; }

    public ILeases Leases { get; }

    public IMembers Members { get; }

    public IMemberMaintenance Maintenance { get; }

    public void Dispose() => _pool.Dispose();
}
