using System.Collections.Concurrent;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Nodes;
using Ballast.ControllerManager.Pods;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.TaintEviction;

/// <summary>Deletes pods from nodes whose NoExecute taints they do not tolerate, when their <c>tolerationSeconds</c> are over.</summary>
public sealed class TaintEvictionController : IController
{
    private const int Workers = 8;

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Pod> _client;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<V1Node> _nodes;
    private readonly IIndex<V1Pod> _podsByNode;
    private readonly ControllerLoop<ObjectKey> _loop;

    /// <summary>Since when each pod's time has been running; by uid.</summary>
    private readonly ConcurrentDictionary<string, long> _since = [];

    public TaintEvictionController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Pod>();
        _pods = context.Informers.For<V1Pod>();
        _nodes = context.Informers.For<V1Node>();
        _podsByNode = _pods.ByNode;
        _loop = context.Loop<ObjectKey>("taint_eviction", SyncAsync);
        _pods.AddHandler(EnqueueBound, OnPodUpdated, p => _since.TryRemove(p.Metadata.Uid, out _));
        _nodes.AddHandler(EnqueuePodsOf, OnNodeUpdated);
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private void EnqueueBound(V1Pod pod)
    {
        if (!string.IsNullOrEmpty(pod.Spec.NodeName))
            _loop.Queue.Add(ObjectKey.Of(pod));
    }

    private void OnPodUpdated(V1Pod old, V1Pod now)
    {
        if (old.Spec.NodeName != now.Spec.NodeName || !Json.Same(old.Spec.Tolerations, now.Spec.Tolerations))
            EnqueueBound(now);
    }

    private void OnNodeUpdated(V1Node old, V1Node now)
    {
        if (!Json.Same(old.Spec?.Taints, now.Spec?.Taints))
            EnqueuePodsOf(now);
    }

    private void EnqueuePodsOf(V1Node node)
    {
        foreach (var pod in _podsByNode[node.Metadata.Name])
            _loop.Queue.Add(ObjectKey.Of(pod));
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_pods.Store.Get(key) is not { } pod || pod.IsTerminating || _nodes.Store.Get("", pod.Spec.NodeName ?? "") is not { } node)
            return;
        var taints = node.NoExecuteTaints.ToList();
        var limit = Taints.Tolerated(taints, pod.Spec.Tolerations, out var forever);
        if (taints.Count == 0 || forever)
        {
            if (_since.TryRemove(pod.Metadata.Uid, out _))
                Tell(pod, $"Cancelling deletion of Pod {key}");
            return;
        }
        var remaining = limit!.Value - _context.Time.GetElapsedTime(_since.GetOrAdd(pod.Metadata.Uid, _ => _context.Time.GetTimestamp()));
        if (remaining > TimeSpan.Zero)
        {
            _loop.Queue.AddAfter(key, remaining);
            return;
        }
        await EvictAsync(pod, cancel);
    }

    private async Task EvictAsync(V1Pod pod, CancellationToken cancel)
    {
        Tell(pod, $"Marking for deletion Pod {ObjectKey.Of(pod)}");
        var condition = new V1PodCondition
        {
            Type = "DisruptionTarget", Status = "True", Reason = "DeletionByTaintManager",
            Message = "Taint manager: deleting due to NoExecute taint", LastTransitionTime = _context.Now,
        };
        var conditions = (pod.Status?.Conditions ?? []).Where(c => c.Type != condition.Type).Append(condition);
        try
        {
            await _client.MergePatchAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name,
                new { metadata = new { uid = pod.Metadata.Uid }, status = new { conditions } }, cancel, "status");
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
            return; // gone, or another pod of the name
        }
        await _client.TryDeleteAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name, pod.Metadata.Uid, cancel);
        _since.TryRemove(pod.Metadata.Uid, out _);
    }

    private void Tell(V1Pod pod, string message) => _context.Events.Event(pod, EventType.Normal, "TaintManagerEviction", message);
}
