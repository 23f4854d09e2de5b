using Ballast.ApiMachinery.Objects;
using Prometheus;

namespace Ballast.ApiServer.Storage.Caching;

/// <summary>One resource's share of the watch cache's figures.</summary>
internal sealed class ResourceCacheMetrics(StorageMetrics metrics, GroupResource resource)
{
    private readonly Counter.Child _received = metrics.EventsReceived.WithLabels(resource.Group, resource.Resource);
    private readonly Counter.Child _dispatched = metrics.EventsDispatched.WithLabels(resource.Group, resource.Resource);
    private readonly Counter.Child _initializations = metrics.Initializations.WithLabels(resource.Group, resource.Resource);
    private readonly Counter.Child _terminated = metrics.TerminatedWatchers.WithLabels(resource.Group, resource.Resource);
    private readonly Gauge.Child _capacity = metrics.Capacity.WithLabels(resource.Group, resource.Resource);
    private readonly Gauge.Child _revision = metrics.CacheRevision.WithLabels(resource.Group, resource.Resource);
    private readonly Gauge.Child _objects = metrics.ObjectsOf(resource);
    private readonly Histogram.Child _readWait = metrics.ReadWait.WithLabels(resource.Group, resource.Resource);

    public void Initialized(int objects)
    {
        _initializations.Inc();
        _objects.Set(objects);
    }

    public void Applied(int changes, int objects, long version, int capacity)
    {
        _received.Inc(changes);
        _dispatched.Inc(changes);
        _objects.Set(objects);
        _revision.Set(version);
        _capacity.Set(capacity);
    }

    public void WatcherTerminated() => _terminated.Inc();

    public void ReadWaited(TimeSpan wait) => _readWait.Observe(wait.TotalSeconds);

    public void ConsistentRead(bool fromCache) =>
        metrics.ConsistentReads.WithLabels(resource.Group, resource.Resource, fromCache ? "true" : "false", fromCache ? "false" : "true").Inc();
}
