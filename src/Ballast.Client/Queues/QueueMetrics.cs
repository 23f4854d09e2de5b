using Prometheus;

namespace Ballast.Client.Queues;

/// <summary>The <c>workqueue_*</c> metrics of one queue.</summary>
internal sealed class QueueMetrics : IDisposable
{
    private static readonly double[] Buckets = Histogram.ExponentialBuckets(10e-9, 10, 12);

    private static readonly Gauge DepthGauge = Metrics.CreateGauge("workqueue_depth", "Current depth of workqueue", "name");
    private static readonly Counter Adds = Metrics.CreateCounter("workqueue_adds_total", "Total number of adds handled by workqueue", "name");
    private static readonly Histogram QueueDuration = Metrics.CreateHistogram("workqueue_queue_duration_seconds",
        "How long in seconds an item stays in workqueue before being requested.", ["name"], new HistogramConfiguration { Buckets = Buckets });
    private static readonly Histogram WorkDuration = Metrics.CreateHistogram("workqueue_work_duration_seconds",
        "How long in seconds processing an item from workqueue takes.", ["name"], new HistogramConfiguration { Buckets = Buckets });
    private static readonly Gauge Unfinished = Metrics.CreateGauge("workqueue_unfinished_work_seconds",
        "How many seconds of work has done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads.", "name");
    private static readonly Gauge Longest = Metrics.CreateGauge("workqueue_longest_running_processor_seconds",
        "How many seconds has the longest running processor for workqueue been running.", "name");
    private static readonly Counter Retries = Metrics.CreateCounter("workqueue_retries_total", "Total number of retries handled by workqueue", "name");

    private static readonly Lock Running = new(); // guards RunningNow
    private static readonly Dictionary<string, Func<(TimeSpan Sum, TimeSpan Longest)>> RunningNow = [];

    private readonly string _name;
    private readonly Gauge.Child _depth;
    private readonly Counter.Child _adds;
    private readonly Counter.Child _retries;
    private readonly Histogram.Child _queued;
    private readonly Histogram.Child _worked;

    static QueueMetrics() => Metrics.DefaultRegistry.AddBeforeCollectCallback(() =>
    {
        lock (Running)
        {
            foreach (var (name, measure) in RunningNow)
            {
                var (sum, longest) = measure();
                Unfinished.WithLabels(name).Set(sum.TotalSeconds);
                Longest.WithLabels(name).Set(longest.TotalSeconds);
            }
        }
    });

    /// <param name="name">The queue's name.</param>
    /// <param name="running">What its workers are at, asked when metrics are read.</param>
    public QueueMetrics(string name, Func<(TimeSpan Sum, TimeSpan Longest)> running)
    {
        _name = name;
        _depth = DepthGauge.WithLabels(name);
        _adds = Adds.WithLabels(name);
        _retries = Retries.WithLabels(name);
        _queued = QueueDuration.WithLabels(name);
        _worked = WorkDuration.WithLabels(name);
        lock (Running)
            RunningNow[name] = running;
    }

    public void Added() => _adds.Inc();

    public void Retried() => _retries.Inc();

    public void Depth(int depth) => _depth.Set(depth);

    public void Started(int depth, TimeSpan queued)
    {
        _depth.Set(depth);
        _queued.Observe(queued.TotalSeconds);
    }

    public void Finished(TimeSpan worked) => _worked.Observe(worked.TotalSeconds);

    public void Dispose()
    {
        lock (Running)
            RunningNow.Remove(_name);
    }
}
