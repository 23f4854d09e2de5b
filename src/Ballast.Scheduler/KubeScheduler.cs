using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Configuration;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Plugins;
using Ballast.Scheduler.Queue;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.Scheduler;

/// <summary>The scheduler put together: informers feed cache and queue from the start, <see cref="LeadAsync"/> schedules.</summary>
/// <remarks>A standby stays informed, so that it can bind the first pod the moment it leads.</remarks>
internal sealed class KubeScheduler : IDisposable
{
    private readonly SharedInformerFactory _informers;
    private readonly SchedulingQueue _queue;
    private readonly SchedulingLoop _loop;

    public KubeScheduler(SchedulerConfiguration configuration, ApiClient client, IEventRecorder events, Random random, TimeProvider time, ILoggerFactory logs)
    {
        _informers = new(client, time, logs);
        var nominator = new Nominator();
        var statuses = new PodStatusWriter(client, time, logs.CreateLogger<PodStatusWriter>());
        var context = new PluginContext(client, _informers, nominator, statuses, events, random, logs);
        var profiles = configuration.Profiles.ToDictionary(p => p.SchedulerName,
            p => new SchedulingProfile(p.SchedulerName, PluginRegistry.Create(p, context), nominator));
        // One queue for all profiles: they share its order, and its gates.
        var first = profiles.Values.First();
        _queue = new(first.QueueSort, first.PreEnqueue, [.. profiles.Values.SelectMany(p => p.Enqueue).DistinctBy(e => e.Name)],
            QueueOptions.Default with { InitialBackoff = configuration.PodInitialBackoff, MaxBackoff = configuration.PodMaxBackoff }, time);

        var cache = new SchedulerCache();
        var (pods, namespaces) = (_informers.For<V1Pod>(), _informers.For<V1Namespace>());
        var snapshot = new Snapshot { NamespaceLabels = name => namespaces.Store.Get("", name)?.Metadata.Labels };
        new ClusterEventHandlers(cache, _queue, nominator, pod => profiles.ContainsKey(pod.Spec.SchedulerName ?? SchedulerConfiguration.DefaultSchedulerName))
            .Register(_informers.For<V1Node>(), pods);
        _loop = new(profiles, _queue, cache, snapshot, nominator, new NodeSelection(configuration.PercentageOfNodesToScore, random),
            pods.Store, client.Resources<V1Pod>(), statuses, events, time, logs.CreateLogger<SchedulingLoop>());
        Metrics.DefaultRegistry.AddBeforeCollectCallback(() => Report(_queue, cache));
    }

    /// <summary>Watches the cluster until cancelled. Ends when everything has been listed once.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _informers.Start(cancellationToken);
        return _informers.WaitForSyncAsync(cancellationToken);
    }

    /// <summary>Binds pods until cancelled.</summary>
    public async Task LeadAsync(CancellationToken cancellationToken)
    {
        await _informers.WaitForSyncAsync(cancellationToken);
        await Task.WhenAll(_queue.RunAsync(cancellationToken), _loop.RunAsync(cancellationToken));
    }

    private static void Report(SchedulingQueue queue, SchedulerCache cache)
    {
        var (active, backoff, unschedulable, gated) = queue.Pending;
        SchedulerMetrics.PendingPods.WithLabels("active").Set(active);
        SchedulerMetrics.PendingPods.WithLabels("backoff").Set(backoff);
        SchedulerMetrics.PendingPods.WithLabels("unschedulable").Set(unschedulable);
        SchedulerMetrics.PendingPods.WithLabels("gated").Set(gated);
        SchedulerMetrics.CacheSize.WithLabels("nodes").Set(cache.NodeCount);
        SchedulerMetrics.CacheSize.WithLabels("pods").Set(cache.PodCount);
        SchedulerMetrics.CacheSize.WithLabels("assumed_pods").Set(cache.AssumedCount);
    }

    public void Dispose()
    {
        _loop.Dispose();
        _queue.Dispose();
    }
}
