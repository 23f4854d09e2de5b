using Prometheus;

namespace Ballast.Scheduler;

/// <summary>The scheduler's figures under upstream's names.</summary>
internal static class SchedulerMetrics
{
    public const string Scheduled = "scheduled", Unschedulable = "unschedulable", Error = "error";

    private static readonly double[] Durations = Histogram.ExponentialBuckets(0.001, 2, 15);

    public static readonly Counter ScheduleAttempts = Metrics.CreateCounter("scheduler_schedule_attempts_total",
        "Number of attempts to schedule pods, by the result. 'unschedulable' means a pod could not be scheduled, while 'error' means an internal scheduler problem.", "profile", "result");

    public static readonly Histogram AttemptDuration = Metrics.CreateHistogram("scheduler_scheduling_attempt_duration_seconds",
        "Scheduling attempt latency in seconds (scheduling algorithm + binding)", ["profile", "result"], new HistogramConfiguration { Buckets = Durations });

    public static readonly Histogram AlgorithmDuration = Metrics.CreateHistogram("scheduler_scheduling_algorithm_duration_seconds",
        "Scheduling algorithm latency in seconds", new HistogramConfiguration { Buckets = Durations });

    public static readonly Histogram PodSchedulingSli = Metrics.CreateHistogram("scheduler_pod_scheduling_sli_duration_seconds",
        "E2e latency for a pod being scheduled, from the time the pod enters the scheduling queue and might involve multiple scheduling attempts.",
        ["attempts"], new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.01, 2, 20) });

    public static readonly Histogram PodSchedulingAttempts = Metrics.CreateHistogram("scheduler_pod_scheduling_attempts",
        "Number of attempts to successfully schedule a pod.", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1, 2, 5) });

    public static readonly Histogram ExtensionPointDuration = Metrics.CreateHistogram("scheduler_framework_extension_point_duration_seconds",
        "Latency for running all plugins of a specific extension point.", ["extension_point", "status", "profile"],
        new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(0.0001, 2, 12) });

    public static readonly Gauge PendingPods = Metrics.CreateGauge("scheduler_pending_pods",
        "Number of pending pods, by the queue type. 'active' means number of pods in activeQ; 'backoff' means number of pods in backoffQ; 'unschedulable' means number of pods in unschedulablePods that the scheduler attempted to schedule and failed; 'gated' is the number of unschedulable pods that the scheduler never attempted to schedule because they are gated.", "queue");

    public static readonly Gauge CacheSize = Metrics.CreateGauge("scheduler_scheduler_cache_size",
        "Number of nodes, pods, and assumed (bound) pods in the scheduler cache.", "type");

    public static readonly Counter PreemptionAttempts = Metrics.CreateCounter("scheduler_preemption_attempts_total",
        "Total preemption attempts in the cluster till now");

    public static readonly Histogram PreemptionVictims = Metrics.CreateHistogram("scheduler_preemption_victims",
        "Number of selected preemption victims", new HistogramConfiguration { Buckets = Histogram.ExponentialBuckets(1, 2, 7) });
}
