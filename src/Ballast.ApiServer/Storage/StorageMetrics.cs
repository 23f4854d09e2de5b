using Ballast.ApiMachinery.Objects;
using Ballast.Etcd;
using Prometheus;

namespace Ballast.ApiServer.Storage;

/// <summary>The figures of etcd and of the watch cache, under upstream's names.</summary>
public sealed class StorageMetrics
{
    private static readonly string[] ByResource = ["group", "resource"];

    private readonly Histogram _requestDuration;
    private readonly Counter _requests;
    private readonly Counter _requestErrors;
    private readonly Gauge _objects;

    public StorageMetrics(CollectorRegistry registry)
    {
        var factory = Metrics.WithCustomRegistry(registry);
        _requestDuration = factory.CreateHistogram("etcd_request_duration_seconds", "Etcd request latency in seconds for each operation and object type.",
            ["operation", "group", "resource"],
            new HistogramConfiguration { Buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60] });
        _requests = factory.CreateCounter("etcd_requests_total", "Etcd request counts for each operation and object type.", ["operation", "group", "resource"]);
        _requestErrors = factory.CreateCounter("etcd_request_errors_total", "Etcd failed request counts for each operation and object type.", ["operation", "group", "resource"]);
        _objects = factory.CreateGauge("apiserver_storage_objects", "Number of stored objects at the time of last check split by kind.", ["resource"]);
        EventsReceived = factory.CreateCounter("apiserver_watch_cache_events_received_total", "Counter of events received in watch cache broken by resource type.", ByResource);
        EventsDispatched = factory.CreateCounter("apiserver_watch_cache_events_dispatched_total", "Counter of events dispatched in watch cache broken by resource type.", ByResource);
        Initializations = factory.CreateCounter("apiserver_watch_cache_initializations_total", "Counter of watch cache initializations broken by resource type.", ByResource);
        Capacity = factory.CreateGauge("watch_cache_capacity", "Total capacity of watch cache broken by resource type.", ByResource);
        CacheRevision = factory.CreateGauge("apiserver_watch_cache_resource_version", "Current resource version of watch cache broken by resource type.", ByResource);
        TerminatedWatchers = factory.CreateCounter("apiserver_terminated_watchers_total", "Counter of watchers closed due to unresponsiveness broken by resource type.", ByResource);
        ConsistentReads = factory.CreateCounter("apiserver_watch_cache_consistent_read_total", "Counter for consistent reads from cache.", ["group", "resource", "success", "fallback"]);
        ReadWait = factory.CreateHistogram("apiserver_watch_cache_read_wait_seconds", "Histogram of time spent waiting for a watch cache to become fresh.", ByResource,
            new HistogramConfiguration { Buckets = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2, 3] });
    }

    internal Counter EventsReceived { get; }

    internal Counter EventsDispatched { get; }

    internal Counter Initializations { get; }

    internal Gauge Capacity { get; }

    internal Gauge CacheRevision { get; }

    internal Counter TerminatedWatchers { get; }

    internal Counter ConsistentReads { get; }

    internal Histogram ReadWait { get; }

    internal Gauge.Child ObjectsOf(GroupResource resource) => _objects.WithLabels(resource.ToString());

    /// <summary>Makes a call to etcd, measured, with its failures in storage's terms.</summary>
    internal async Task<T> MeasureAsync<T>(string operation, GroupResource resource, Func<Task<T>> call)
    {
        using (_requestDuration.WithLabels(operation, resource.Group, resource.Resource).NewTimer())
        {
            _requests.WithLabels(operation, resource.Group, resource.Resource).Inc();
            try
            {
                return await call().ConfigureAwait(false);
            }
            catch (EtcdException e)
            {
                _requestErrors.WithLabels(operation, resource.Group, resource.Resource).Inc();
                throw e.ToStorage();
            }
        }
    }
}
