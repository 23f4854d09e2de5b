using System.Text.Json.Nodes;
using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Kubelet.Configuration;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Kubelet.Nodes;

/// <summary>
/// Registers the Node, as soon as a server answers and again should it be deleted, and keeps its status: when it has changed,
/// and now and then in any case.
/// </summary>
internal sealed class NodeReporter(
    ApiClient api, NodeStatusBuilder builder, KubeletOptions options, IEventRecorder events, TimeProvider time, ILogger<NodeReporter> logger)
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly ResourceClient<V1Node> _nodes = api.Resources<V1Node>();
    private readonly Dictionary<string, string> _told = []; // Condition type to the reason last told as an event.
    private volatile V1Node? _node;
    private long _reported;

    /// <summary>The Node as last seen; null until it is registered.</summary>
    public V1Node? Node => _node;

    /// <summary>Raised after the Node was registered.</summary>
    public event Action? Registered;

    public async Task RunAsync(CancellationToken cancellation)
    {
        Tell("Starting", "Starting kubelet.");
        while (true)
        {
            var wait = options.Node.StatusUpdateFrequency;
            try
            {
                if (_node is null)
                    await RegisterAsync(cancellation);
                await ReportAsync(cancellation);
            }
            catch (HttpOperationException e) when (e.IsNotFound && options.Node.Register)
            {
                logger.LogInformation("The node is gone, registering it again {Node}", options.NodeName);
                _node = null;
                wait = TimeSpan.Zero;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                logger.LogInformation("Error updating node status, will retry {Node}: {Error}", options.NodeName, e.ApiMessage);
                wait = RetryInterval;
            }
            await Task.Delay(wait, time, cancellation);
        }
    }

    private async Task RegisterAsync(CancellationToken cancellation)
    {
        if (!options.Node.Register)
        {
            _node = await _nodes.GetAsync(null, options.NodeName, cancellation);
            return;
        }
        try
        {
            _node = await _nodes.CreateAsync(builder.Node(), cancellation);
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists)
        {
            // Known from before. Labels follow the flags; taints are the administrator's by now.
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject([.. builder.Labels().Select(l => KeyValuePair.Create(l.Key, (JsonNode?)l.Value))]) } };
            _node = await _nodes.StrategicMergePatchAsync(null, options.NodeName, patch.ToJsonString(), cancellation);
        }
        logger.LogInformation("Successfully registered node {Node}", options.NodeName);
        Registered?.Invoke();
    }

    private async Task ReportAsync(CancellationToken cancellation)
    {
        var status = builder.Status(_node!.Status);
        TellConditions(status);
        if (_reported != 0 && time.GetElapsedTime(_reported) < options.Node.StatusReportFrequency && SameButForHeartbeats(_node.Status, status))
            return;
        var patch = new JsonObject { ["status"] = JsonNode.Parse(KubernetesJson.Serialize(status)) };
        _node = await _nodes.StrategicMergePatchAsync(null, options.NodeName, patch.ToJsonString(), cancellation, subresource: "status");
        _reported = time.GetTimestamp();
    }

    private static bool SameButForHeartbeats(V1NodeStatus before, V1NodeStatus after) =>
        before.Conditions is { } conditions
        && after.Conditions.All(c => conditions.Any(b => (b.Type, b.Status, b.Reason, b.Message) == (c.Type, c.Status, c.Reason, c.Message)))
        && Text(before) == Text(after);

    private static string Text(V1NodeStatus status) => KubernetesJson.Serialize(new object?[]
    {
        status.Addresses, status.DaemonEndpoints, status.NodeInfo,
        status.Capacity?.OrderBy(c => c.Key, StringComparer.Ordinal), status.Allocatable?.OrderBy(c => c.Key, StringComparer.Ordinal),
    });

    private void TellConditions(V1NodeStatus status)
    {
        foreach (var condition in status.Conditions)
        {
            var reason = condition.Type == "Ready" ? "NodeReady" : condition.Reason.Replace("Kubelet", "Node", StringComparison.Ordinal);
            if (_told.GetValueOrDefault(condition.Type) == reason)
                continue;
            _told[condition.Type] = reason;
            Tell(reason, $"Node {options.NodeName} status is now: {reason}");
        }
    }

    private void Tell(string reason, string message) =>
        events.Event(
            new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = options.NodeName, Uid = _node?.Metadata.Uid ?? options.NodeName },
            EventType.Normal, reason, message);
}
