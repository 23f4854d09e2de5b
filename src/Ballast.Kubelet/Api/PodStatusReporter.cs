using System.Collections.Concurrent;
using System.Globalization;
using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.Client.Queues;
using Ballast.Kubelet.Pods;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Kubelet.Api;

/// <summary>
/// Brings the API's pods to what <see cref="PodStatuses"/> says, until they agree; and when nothing of a pod that is being
/// deleted runs any more, confirms the deletion.
/// </summary>
internal sealed class PodStatusReporter : IDisposable
{
    private const int Concurrency = 4;

    private readonly PodStatuses _statuses;
    private readonly Informer<V1Pod> _pods;
    private readonly ResourceClient<V1Pod> _client;
    private readonly RateLimitingQueue<string> _queue;
    private readonly ConcurrentDictionary<string, V1Pod> _written = new(); // By our uid: the pod as the last patch left it.
    private readonly ILogger _logger;

    public PodStatusReporter(PodStatuses statuses, Informer<V1Pod> pods, ApiClient api, TimeProvider time, ILogger<PodStatusReporter> logger)
    {
        (_statuses, _pods, _logger) = (statuses, pods, logger);
        _client = api.Resources<V1Pod>();
        _queue = new RateLimitingQueue<string>("pod_status", time);
        statuses.Changed += _queue.Add;
        // Whoever else writes a status is set right at once.
        pods.AddHandler(changed: pod => _queue.Add(OwnUid(pod)));
        pods.Listed += ForgetWritten;
    }

    public void Dispose()
    {
        _pods.Listed -= ForgetWritten;
        _queue.Dispose();
    }

    /// <summary>A list has what was written before it, unless the server's data was put back.</summary>
    private void ForgetWritten()
    {
        _written.Clear();
        foreach (var entry in _statuses.All)
            _queue.Add(entry.Pod.Metadata.Uid);
    }

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => WorkAsync(cancellation)));

    private async Task WorkAsync(CancellationToken cancellation)
    {
        await _pods.WaitForSyncAsync(cancellation);
        while (await _queue.GetAsync(cancellation) is { Found: true, Item: var uid })
        {
            try
            {
                await ReportAsync(uid, cancellation);
                _queue.Forget(uid);
            }
            catch (HttpOperationException e) when (e.IsNotFound || e.IsConflict)
            {
                _queue.Forget(uid); // The pod is gone, or is another; the watch says so soon.
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                _logger.LogInformation("Failed to update status for pod, trying again {Uid}: {Error}", uid, e.ApiMessage);
                _queue.AddRateLimited(uid);
            }
            finally
            {
                _queue.Done(uid);
            }
        }
    }

    private async Task ReportAsync(string uid, CancellationToken cancellation)
    {
        if (_statuses.Find(uid) is not { } entry || Find(entry.Pod) is not { } seen)
        {
            _written.TryRemove(uid, out _);
            return;
        }
        if (PodStatusPatch.Between(seen, entry.Status) is { } patch)
        {
            seen = await _client.StrategicMergePatchAsync(
                seen.Metadata.NamespaceProperty, seen.Metadata.Name, patch.ToJsonString(), cancellation, subresource: "status");
            _written[uid] = seen;
        }
        if (entry.Terminated && !entry.Pod.IsStatic && seen.Metadata.DeletionTimestamp is not null)
            await ConfirmDeletionAsync(seen, cancellation);
    }

    private Task ConfirmDeletionAsync(V1Pod pod, CancellationToken cancellation) =>
        _client.DeleteAsync(
            pod.Metadata.NamespaceProperty, pod.Metadata.Name,
            new V1DeleteOptions { GracePeriodSeconds = 0, Preconditions = new V1Preconditions { Uid = pod.Metadata.Uid } }, cancellation);

    /// <summary>The API's pod of ours: itself, or for a static pod its mirror. The newer of what was watched and what was written.</summary>
    private V1Pod? Find(V1Pod pod)
    {
        var watched = _pods.Store.Get(pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        if (watched is null || OwnUid(watched) != pod.Metadata.Uid)
            return null;
        return _written.TryGetValue(pod.Metadata.Uid, out var written) && written.Metadata.Uid == watched.Metadata.Uid && Version(written) > Version(watched)
            ? written : watched;
    }

    private static string OwnUid(V1Pod pod) =>
        pod.Metadata.Annotations is { } annotations && annotations.TryGetValue(PodExtensions.MirrorAnnotation, out var hash) ? hash : pod.Metadata.Uid;

    private static ulong Version(V1Pod pod) => ulong.Parse(pod.Metadata.ResourceVersion, CultureInfo.InvariantCulture);
}
