using Prometheus;

namespace Ballast.ApiServer.Endpoints;

/// <summary>Metrics of the verbs, under upstream's names.</summary>
internal static class EndpointMetrics
{
    public static Counter WatchEvents { get; } = Metrics.CreateCounter(
        "apiserver_watch_events_total", "Number of events sent in watch clients", "group", "version", "resource");
}
