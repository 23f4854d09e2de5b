using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Pods;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.ControllerManager.PodGarbageCollection;

/// <summary>Deletes pods that nobody else will: too many ended ones, pods of nodes that are gone or out of service, and terminating pods that never ran.</summary>
public sealed class PodGarbageCollector : IController
{
    private const string OutOfServiceTaint = "node.kubernetes.io/out-of-service";
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    /// <summary>How long a node must have been missing: it may only be on its way back.</summary>
    private static readonly TimeSpan Quarantine = TimeSpan.FromSeconds(40);

    private static readonly Counter Deleted = Metrics.CreateCounter("pod_gc_collector_force_delete_pods_total",
        "Number of pods that are being forcefully deleted since the Pod GC Controller started.", "namespace", "reason");

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Pod> _client;
    private readonly ResourceClient<V1Node> _nodeClient;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<V1Node> _nodes;
    private readonly ILogger _logger;
    private readonly Dictionary<string, long> _missingSince = [];

    public PodGarbageCollector(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Pod>();
        _nodeClient = context.Client.Resources<V1Node>();
        _pods = context.Informers.For<V1Pod>();
        _nodes = context.Informers.For<V1Node>();
        _logger = context.Logs.CreateLogger<PodGarbageCollector>();
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(Period, _context.Time);
        try
        {
            do
                await CollectAsync(cancel);
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task CollectAsync(CancellationToken cancel)
    {
        var pods = _pods.Store.List();
        await CollectTerminatedAsync(pods, cancel);
        await CollectOutOfServiceAsync(pods, cancel);
        await CollectOrphanedAsync(pods, cancel);
        await CollectUnscheduledAsync(pods, cancel);
    }

    private async Task CollectTerminatedAsync(IReadOnlyList<V1Pod> pods, CancellationToken cancel)
    {
        var threshold = _context.Options.TerminatedPodGcThreshold;
        if (threshold <= 0)
            return;
        var ended = pods.Where(p => p.IsTerminal).ToList();
        foreach (var pod in ended.OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Metadata.Name, StringComparer.Ordinal).Take(ended.Count - threshold))
            await DeleteAsync(pod, "terminated", null, cancel);
    }

    private async Task CollectOutOfServiceAsync(IReadOnlyList<V1Pod> pods, CancellationToken cancel)
    {
        foreach (var pod in pods.Where(p => p.IsTerminating && p.Spec.NodeName is { Length: > 0 }))
        {
            if (_nodes.Store.Get("", pod.Spec.NodeName) is { } node && !IsReady(node) && node.Spec?.Taints?.Any(t => t.Key == OutOfServiceTaint) == true)
                await DeleteAsync(pod, "out-of-service", $"PodGC: node {pod.Spec.NodeName} is out of service", cancel);
        }
    }

    private async Task CollectOrphanedAsync(IReadOnlyList<V1Pod> pods, CancellationToken cancel)
    {
        var missing = pods.Select(p => p.Spec?.NodeName ?? "").Where(n => n.Length > 0 && _nodes.Store.Get("", n) is null).ToHashSet();
        foreach (var back in _missingSince.Keys.Except(missing).ToList())
            _missingSince.Remove(back);
        foreach (var name in missing)
        {
            _missingSince.TryAdd(name, _context.Time.GetTimestamp());
            // The cache may be behind: only what the server says counts.
            if (_context.Time.GetElapsedTime(_missingSince[name]) < Quarantine || await _nodeClient.FindAsync(null, name, cancel) is not null)
                continue;
            foreach (var pod in _pods.ByNode[name])
                await DeleteAsync(pod, "orphaned", "PodGC: node no longer exists", cancel);
        }
    }

    private async Task CollectUnscheduledAsync(IReadOnlyList<V1Pod> pods, CancellationToken cancel)
    {
        foreach (var pod in pods.Where(p => p.IsTerminating && string.IsNullOrEmpty(p.Spec.NodeName)))
            await DeleteAsync(pod, "unscheduled", null, cancel);
    }

    /// <param name="pod">The pod.</param>
    /// <param name="reason">The metric's label.</param>
    /// <param name="disruption">Where given, the pod is first marked as failed and disrupted, so that its owner counts it so.</param>
    /// <param name="cancel">Gives up.</param>
    private async Task DeleteAsync(V1Pod pod, string reason, string? disruption, CancellationToken cancel)
    {
        var metadata = pod.Metadata;
        _logger.LogInformation("PodGC is force deleting Pod {Pod}: {Reason}", ObjectKey.Of(pod), reason);
        try
        {
            if (disruption is not null && !pod.IsTerminal)
                await MarkAsync(pod, disruption, cancel);
            await _client.DeleteAsync(metadata.NamespaceProperty, metadata.Name,
                new() { GracePeriodSeconds = 0, Preconditions = new() { Uid = metadata.Uid } }, cancel);
            Deleted.WithLabels(metadata.NamespaceProperty, reason).Inc();
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another pod of the same name by now.
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            _logger.LogWarning("PodGC could not delete Pod {Pod}, trying again in {Period}: {Message}", ObjectKey.Of(pod), Period, e.ApiMessage);
        }
    }

    private Task MarkAsync(V1Pod pod, string message, CancellationToken cancel)
    {
        var condition = new V1PodCondition
        {
            Type = "DisruptionTarget", Status = "True", Reason = "DeletionByPodGC", Message = message, LastTransitionTime = _context.Now,
        };
        var conditions = (pod.Status?.Conditions ?? []).Where(c => c.Type != condition.Type).Append(condition).ToArray();
        return _client.MergePatchAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name,
            new { metadata = new { uid = pod.Metadata.Uid }, status = new { phase = "Failed", conditions } }, cancel, "status");
    }

    private static bool IsReady(V1Node node) => node.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true;
}
