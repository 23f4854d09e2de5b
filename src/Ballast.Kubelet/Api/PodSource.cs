using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.Kubelet.Pods;
using k8s.Models;

namespace Ballast.Kubelet.Api;

/// <summary>The pods that the API server gives this node. Mirror pods are the kubelet's own, and not among them.</summary>
internal sealed class PodSource
{
    private readonly PodWorkers _workers;

    public PodSource(ApiClient api, string nodeName, PodWorkers workers, TimeProvider time, ILoggerFactory logs)
    {
        _workers = workers;
        Informer = new Informer<V1Pod>(
            api.Resources<V1Pod>(), new ListScope(FieldSelector: $"spec.nodeName={nodeName}"), time, logs.CreateLogger<Informer<V1Pod>>());
        Informer.AddHandler(Update, (_, now) => Update(now), Remove);
    }

    /// <summary>Every pod of the node that the API has, mirror pods included. Handlers may be added until <see cref="RunAsync"/>.</summary>
    public Informer<V1Pod> Informer { get; }

    public async Task RunAsync(CancellationToken cancellation)
    {
        var running = Informer.RunAsync(cancellation);
        await Informer.WaitForSyncAsync(cancellation);
        _workers.EndOrphans(staticPods: false);
        await running;
    }

    private void Update(V1Pod pod)
    {
        if (!pod.IsMirror)
            _workers.Update(pod);
    }

    private void Remove(V1Pod pod)
    {
        if (!pod.IsMirror)
            _workers.Remove(pod.Metadata.Uid);
    }
}
