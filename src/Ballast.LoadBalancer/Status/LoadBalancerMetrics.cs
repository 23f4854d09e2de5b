using Ballast.LoadBalancer.Backends;
using Prometheus;

namespace Ballast.LoadBalancer.Status;

/// <summary>The balancer's figures for Prometheus.</summary>
internal sealed class LoadBalancerMetrics
{
    private readonly Counter _connections;
    private readonly Counter _retries;
    private readonly Counter _rejected;
    private readonly Counter _evictions;
    private readonly Counter _checks;
    private readonly Counter _bytes;
    private readonly Histogram _opening;

    public LoadBalancerMetrics(CollectorRegistry registry, BackendPool pool)
    {
        var metrics = Prometheus.Metrics.WithCustomRegistry(registry);
        _connections = metrics.CreateCounter("loadbalancer_connections_total", "Client connections served, by server.", "backend");
        _retries = metrics.CreateCounter("loadbalancer_connection_retries_total", "Attempts that failed at a server and were made again at another, by the server that failed.", "backend");
        _rejected = metrics.CreateCounter("loadbalancer_rejected_connections_total", "Client connections that no server took.");
        _evictions = metrics.CreateCounter("loadbalancer_backend_evictions_total", "Times a server's connections were closed because it hung, drained too long or left the list.", "backend");
        _checks = metrics.CreateCounter("loadbalancer_health_checks_total", "Health checks, by server and outcome.", "backend", "result");
        _bytes = metrics.CreateCounter("loadbalancer_bytes_total", "Bytes passed on: in is from clients, out is to clients.", "direction");
        _opening = metrics.CreateHistogram("loadbalancer_connection_open_duration_seconds", "From a client's connection until a server answered.",
            new HistogramConfiguration { Buckets = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10] });
        BytesIn = _bytes.WithLabels("in");
        BytesOut = _bytes.WithLabels("out");

        // Gauges are read off the pool when they are asked for, so that they can never disagree with it.
        var state = metrics.CreateGauge("loadbalancer_backend_state", "1 for the state the server is in.", "backend", "state");
        var active = metrics.CreateGauge("loadbalancer_backend_active_connections", "Connections open, by server.", "backend");
        registry.AddBeforeCollectCallback(() =>
        {
            var known = pool.Backends;
            foreach (var gone in active.GetAllLabelValues().Where(l => known.All(b => b.ToString() != l[0])).ToArray())
            {
                active.RemoveLabelled(gone);
                foreach (var name in Enum.GetNames<BackendState>()) state.RemoveLabelled(gone[0], name);
            }
            foreach (var backend in known)
            {
                active.WithLabels(backend.ToString()).Set(backend.Connections);
                foreach (var value in Enum.GetValues<BackendState>())
                    state.WithLabels(backend.ToString(), value.ToString()).Set(backend.Health.State == value ? 1 : 0);
            }
        });
    }

    public Counter.Child BytesIn { get; }

    public Counter.Child BytesOut { get; }

    public void Opened(Backend backend, TimeSpan duration)
    {
        _connections.WithLabels(backend.ToString()).Inc();
        _opening.Observe(duration.TotalSeconds);
    }

    public void Retried(Backend backend) => _retries.WithLabels(backend.ToString()).Inc();

    public void Rejected() => _rejected.Inc();

    public void Evicted(Backend backend) => _evictions.WithLabels(backend.ToString()).Inc();

    public void Checked(Backend backend) => _checks.WithLabels(backend.ToString(), backend.Health.State.ToString()).Inc();
}
