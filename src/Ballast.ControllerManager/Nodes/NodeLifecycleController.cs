using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Pods;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager.Nodes;

/// <summary>
/// Watches over nodes: one that is not heard of becomes Unknown, its pods not ready, and its taints keep new pods away and, after
/// what they tolerate, send the old ones elsewhere.
/// </summary>
public sealed class NodeLifecycleController : IController
{
    private static readonly string[] HeartbeatConditions = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Node> _client;
    private readonly ResourceClient<V1Pod> _podClient;
    private readonly Informer<V1Node> _nodes;
    private readonly Informer<V1Lease> _leases;
    private readonly IIndex<V1Pod> _podsByNode;
    private readonly NodeHealth _health;
    private readonly ZoneEvictions _zones;
    private readonly TaintWriter _taints;
    private readonly ControllerLoop<string> _changed;
    private readonly HashSet<string> _known = [];
    private readonly ILogger _logger;

    public NodeLifecycleController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Node>();
        _podClient = context.Client.Resources<V1Pod>();
        _nodes = context.Informers.For<V1Node>();
        _leases = context.Informers.For<V1Lease>(new ListScope("kube-node-lease"));
        _podsByNode = context.Informers.For<V1Pod>().ByNode;
        _health = new NodeHealth(context.Time);
        _zones = new ZoneEvictions(context.Options, context.Time);
        _taints = new TaintWriter(_client);
        _logger = context.Logs.CreateLogger<NodeLifecycleController>();
        _changed = context.Loop<string>("node_lifecycle_controller", TaintChangedAsync);
        _nodes.AddHandler(n => _changed.Queue.Add(n.Metadata.Name), (_, n) => _changed.Queue.Add(n.Metadata.Name));
    }

    /// <summary>A node that says something is answered at once; one that is silent is found by the clock.</summary>
    public Task RunAsync(CancellationToken cancel) => Task.WhenAll(_changed.RunAsync(workers: 2, cancel), MonitorAllAsync(cancel));

    private async Task MonitorAllAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(_context.Options.NodeMonitorPeriod, _context.Time);
        try
        {
            do
                await MonitorAsync(cancel);
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
    }

    private async Task MonitorAsync(CancellationToken cancel)
    {
        var nodes = _nodes.Store.List();
        NoteComingAndGoing(nodes);
        nodes = await Task.WhenAll(nodes.Select(n => TryAsync(n, JudgeAsync, cancel)));
        _zones.Observe(nodes); // before any taint: whether nodes are lost or we are, all of them together tell
        await Task.WhenAll(nodes.Select(n => TryAsync(n, ActAsync, cancel)));
    }

    private async Task<V1Node> TryAsync(V1Node node, Func<V1Node, CancellationToken, Task<V1Node>> step, CancellationToken cancel)
    {
        try
        {
            return await step(node, cancel);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            _logger.LogWarning("Could not update node {Node}, trying again in {Period}: {Message}", node.Metadata.Name, _context.Options.NodeMonitorPeriod, e.ApiMessage);
            return node;
        }
    }

    private async Task<V1Node> JudgeAsync(V1Node node, CancellationToken cancel)
    {
        var silence = _health.Observe(node, _leases.Store.Get("kube-node-lease", node.Metadata.Name));
        var hasReported = node.Condition("Ready") is not null;
        var grace = hasReported ? _context.Options.NodeMonitorGracePeriod : _context.Options.NodeStartupGracePeriod;
        return silence > grace && node.Condition("Ready")?.Status != "Unknown" ? await MarkUnknownAsync(node, cancel) : node;
    }

    private async Task<V1Node> ActAsync(V1Node node, CancellationToken cancel)
    {
        node = await TaintAsync(node, cancel);
        if (node.Condition("Ready") is { Status: not "True" })
            await MarkPodsNotReadyAsync(node, cancel);
        return node;
    }

    /// <summary>What the node itself says is enough for the taints that keep new pods away: a node that was uncordoned takes pods at once.</summary>
    private async Task TaintChangedAsync(string name, CancellationToken cancel)
    {
        if (_nodes.Store.Get("", name) is { } node)
            await _taints.WriteAsync(node, n => Taints.WithNoSchedule(n, _context.Now), cancel);
    }

    private void NoteComingAndGoing(IReadOnlyList<V1Node> nodes)
    {
        foreach (var node in nodes.Where(n => _known.Add(n.Metadata.Name)))
            Tell(node.Metadata.Name, node.Metadata.Uid, "RegisteredNode", $"Node {node.Metadata.Name} event: Registered Node {node.Metadata.Name} in Controller");
        foreach (var gone in _known.Except(nodes.Select(n => n.Metadata.Name)).ToList())
        {
            _known.Remove(gone);
            _health.Forget(gone);
            Tell(gone, "", "RemovingNode", $"Node {gone} event: Removing Node {gone} from Controller");
        }
    }

    private void Tell(string node, string uid, string reason, string message) =>
        _context.Events.Event(new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = node, Uid = uid }, EventType.Normal, reason, message);

    private async Task<V1Node> MarkUnknownAsync(V1Node node, CancellationToken cancel)
    {
        var now = _context.Now;
        var conditions = (node.Status?.Conditions ?? []).Where(c => !HeartbeatConditions.Contains(c.Type)).ToList();
        foreach (var type in HeartbeatConditions)
        {
            conditions.Add(node.Condition(type) is { } known
                ? known with
                {
                    Status = "Unknown", Reason = "NodeStatusUnknown", Message = "Kubelet stopped posting node status.",
                    LastTransitionTime = known.Status == "Unknown" ? known.LastTransitionTime : now,
                }
                : new()
                {
                    Type = type, Status = "Unknown", Reason = "NodeStatusNeverUpdated", Message = "Kubelet never posted node status.",
                    LastHeartbeatTime = node.Metadata.CreationTimestamp, LastTransitionTime = now,
                });
        }
        _logger.LogInformation("Node {Node} has not been heard of in time: its conditions become Unknown", node.Metadata.Name);
        var wasReady = node.IsReady;
        var marked = await _client.UpdateStatusAsync(node with { Status = (node.Status ?? new()) with { Conditions = conditions } }, cancel);
        if (wasReady)
            _context.Events.Event(node, EventType.Normal, "NodeNotReady", $"Node {node.Metadata.Name} status is now: NodeNotReady");
        return marked;
    }

    private Task<V1Node> TaintAsync(V1Node node, CancellationToken cancel)
    {
        var eviction = EvictionTaint(node);
        return _taints.WriteAsync(node, n => Taints.WithNoExecute(n with { Spec = (n.Spec ?? new()) with { Taints = Taints.WithNoSchedule(n, _context.Now) } }, eviction, _context.Now), cancel);
    }

    /// <summary>The NoExecute taint that the node is to have now: a new one only when its zone has a turn left.</summary>
    private string? EvictionTaint(V1Node node)
    {
        var key = node.Condition("Ready")?.Status switch { "False" => Taints.NotReady, "Unknown" => Taints.Unreachable, _ => null };
        if (key is null || _zones.IsMasterDisruption)
            return null;
        var has = node.NoExecuteTaints.Any(t => t.Key is Taints.NotReady or Taints.Unreachable);
        return has || _zones.TryTake(node) ? key : null;
    }

    private async Task MarkPodsNotReadyAsync(V1Node node, CancellationToken cancel)
    {
        foreach (var pod in _podsByNode[node.Metadata.Name].Where(p => p.IsReady))
        {
            var conditions = pod.Status.Conditions.Select(c => c.Type == "Ready" ? c with { Status = "False", LastTransitionTime = _context.Now } : c);
            try
            {
                await _podClient.MergePatchAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name,
                    new { metadata = new { uid = pod.Metadata.Uid, resourceVersion = pod.Metadata.ResourceVersion }, status = new { conditions } }, cancel, "status");
                _context.Events.Event(pod, EventType.Warning, "NodeNotReady", "Node is not ready");
            }
            catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
            {
                // It changed meanwhile: the next round sees how.
            }
        }
    }
}
