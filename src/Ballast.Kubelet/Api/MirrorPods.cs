using System.Threading.Channels;
using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.Kubelet.Pods;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Kubelet.Api;

/// <summary>
/// Keeps a mirror pod in the API for each static pod, so that the cluster sees it, and none for a static pod that is no more.
/// A mirror that someone deletes comes back.
/// </summary>
internal sealed class MirrorPods
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly PodWorkers _workers;
    private readonly Informer<V1Pod> _pods;
    private readonly ResourceClient<V1Pod> _client;
    private readonly Func<V1Node?> _node;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <param name="node">The registered Node; mirrors belong to it, and wait until there is one.</param>
    public MirrorPods(PodWorkers workers, PodStatuses statuses, Informer<V1Pod> pods, ApiClient api, Func<V1Node?> node, TimeProvider time, ILogger<MirrorPods> logger)
    {
        (_workers, _pods, _client, _node, _time, _logger) = (workers, pods, api.Resources<V1Pod>(), node, time, logger);
        statuses.Changed += uid =>
        {
            if (statuses.Find(uid) is null or { Pod.IsStatic: true })
                Wake();
        };
        pods.AddHandler(changed: pod =>
        {
            if (pod.IsMirror)
                Wake();
        });
    }

    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken cancellation)
    {
        await _pods.WaitForSyncAsync(cancellation);
        while (true)
        {
            var done = await ReconcileAsync(cancellation);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            await Task.WhenAny(
                _wake.Reader.WaitToReadAsync(wait.Token).AsTask(),
                Task.Delay(done ? CheckInterval : RetryInterval, _time, wait.Token));
            await wait.CancelAsync();
            cancellation.ThrowIfCancellationRequested();
            if (!done)
                await Task.Delay(RetryInterval, _time, cancellation);
            _wake.Reader.TryRead(out _);
        }
    }

    /// <summary>False where something is left to do.</summary>
    private async Task<bool> ReconcileAsync(CancellationToken cancellation)
    {
        if (_node() is not { } node)
            return false;
        try
        {
            var wanted = _workers.Pods.Where(p => p.IsStatic && p.Spec.NodeName is not null).ToDictionary(p => p.FullName);
            foreach (var mirror in _pods.Store.List().Where(p => p.IsMirror))
            {
                if (!wanted.TryGetValue(mirror.FullName, out var pod) || !IsMirrorOf(mirror, pod, node))
                    await DeleteAsync(mirror, cancellation);
            }
            foreach (var pod in wanted.Values)
            {
                if (_pods.Store.Get(pod.Metadata.NamespaceProperty, pod.Metadata.Name) is not { } mirror || !IsMirrorOf(mirror, pod, node))
                    await _client.CreateAsync(Mirror(pod, node), cancellation);
            }
            return true;
        }
        catch (HttpOperationException e) when (e.IsAlreadyExists)
        {
            return true; // Made already; the watch has it soon.
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            _logger.LogInformation("Mirror pods are not up to date, trying again: {Error}", e.ApiMessage);
            return false;
        }
    }

    private static bool IsMirrorOf(V1Pod mirror, V1Pod pod, V1Node node) =>
        mirror.Metadata.Annotations is { } annotations
        && annotations.TryGetValue(PodExtensions.MirrorAnnotation, out var hash) && hash == pod.Metadata.Uid
        && mirror.Metadata.OwnerReferences?.Any(o => o.Uid == node.Metadata.Uid) == true
        && mirror.Metadata.DeletionTimestamp is null;

    private async Task DeleteAsync(V1Pod mirror, CancellationToken cancellation)
    {
        try
        {
            await _client.DeleteAsync(
                mirror.Metadata.NamespaceProperty, mirror.Metadata.Name,
                new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = mirror.Metadata.Uid } }, cancellation);
        }
        catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone already.
        }
    }

    private static V1Pod Mirror(V1Pod pod, V1Node node) => new()
    {
        ApiVersion = "v1",
        Kind = "Pod",
        Metadata = new V1ObjectMeta
        {
            Name = pod.Metadata.Name,
            NamespaceProperty = pod.Metadata.NamespaceProperty,
            Labels = pod.Metadata.Labels,
            Annotations = new Dictionary<string, string>(pod.Metadata.Annotations) { [PodExtensions.MirrorAnnotation] = pod.Metadata.Uid },
            OwnerReferences =
            [
                new V1OwnerReference { ApiVersion = "v1", Kind = "Node", Name = node.Metadata.Name, Uid = node.Metadata.Uid, Controller = true },
            ],
        },
        Spec = pod.Spec,
    };
}
