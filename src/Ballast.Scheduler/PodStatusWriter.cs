using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using Ballast.Scheduler.Framework;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler;

/// <summary>Writes what the scheduler knows about a pod into its status.</summary>
internal sealed class PodStatusWriter(ApiClient client, TimeProvider time, ILogger<PodStatusWriter> log)
{
    private readonly ResourceClient<V1Pod> _pods = client.Resources<V1Pod>();

    /// <summary>Sets the condition <c>PodScheduled</c> to False, and the nomination where it is not null. Writes nothing where nothing changes.</summary>
    public async Task WriteNotScheduledAsync(PodInfo pod, string reason, string message, string? nominatedNode, CancellationToken cancellationToken)
    {
        var current = pod.Pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
        var nomination = pod.Pod.Status?.NominatedNodeName ?? "";
        if (current?.Status == "False" && current.Reason == reason && current.Message == message && (nominatedNode ?? nomination) == nomination) return;
        var since = current is { Status: "False", LastTransitionTime: { } before } ? before : time.GetUtcNow().UtcDateTime;
        var condition = new Dictionary<string, object?>
        {
            ["type"] = "PodScheduled", ["status"] = "False", ["reason"] = reason, ["message"] = message,
            ["lastProbeTime"] = null, ["lastTransitionTime"] = KubernetesTime.Format(since),
        };
        var status = new Dictionary<string, object?> { ["conditions"] = new[] { condition } };
        if (nominatedNode is not null) status["nominatedNodeName"] = nominatedNode.Length == 0 ? null : nominatedNode;
        await PatchAsync(pod, status, cancellationToken);
    }

    public Task ClearNominationAsync(PodInfo pod, CancellationToken cancellationToken) =>
        PatchAsync(pod, new() { ["nominatedNodeName"] = null }, cancellationToken);

    /// <summary>Says on a pod that it is about to be deleted to make room.</summary>
    public Task WriteDisruptionTargetAsync(PodInfo pod, string message, CancellationToken cancellationToken) => PatchAsync(pod, new()
    {
        ["conditions"] = new[]
        {
            new Dictionary<string, object?>
            {
                ["type"] = "DisruptionTarget", ["status"] = "True", ["reason"] = "PreemptionByScheduler", ["message"] = message,
                ["lastTransitionTime"] = KubernetesTime.Format(time.GetUtcNow()),
            },
        },
    }, cancellationToken);

    private async Task PatchAsync(PodInfo pod, Dictionary<string, object?> status, CancellationToken cancellationToken)
    {
        try
        {
            _ = await _pods.StrategicMergePatchAsync(pod.Namespace, pod.Key.Name,
                new Dictionary<string, object?> { ["metadata"] = new Dictionary<string, object?> { ["uid"] = pod.Uid }, ["status"] = status }, cancellationToken, "status");
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
            // Deleted, or made again under its name: there is nothing to say about it any more.
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException)
        {
            log.LogWarning("Error updating the status of pod {Pod}: {Message}", pod, e.ApiMessage);
        }
    }
}
