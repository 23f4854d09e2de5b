using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Services;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.Endpoints;

/// <summary>Keeps for every Service with a selector an Endpoints object of the same name.</summary>
public sealed class EndpointsController : IController
{
    private const string ManagedByLabel = "endpoints.kubernetes.io/managed-by";
    private const string ManagedBy = "endpoint-controller";

    /// <summary>Pods come and go in groups: one write for all of a moment's.</summary>
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(50);

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1Endpoints> _client;
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<V1Endpoints> _endpoints;
    private readonly ControllerLoop<ObjectKey> _loop;

    public EndpointsController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1Endpoints>();
        _services = context.Informers.For<V1Service>();
        _pods = context.Informers.For<V1Pod>();
        _endpoints = context.Informers.For<V1Endpoints>();
        _loop = context.Loop<ObjectKey>("endpoint", SyncAsync);
        _services.AddHandler(s => _loop.Queue.Add(ObjectKey.Of(s)));
        _pods.AddHandler(Enqueue, (old, now) =>
        {
            if (!ServiceSelection.Matters(old, now))
                return;
            Enqueue(old);
            Enqueue(now);
        }, Enqueue);
        _endpoints.AddHandler(deleted: e => _loop.Queue.Add(ObjectKey.Of(e)));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_context.Options.ConcurrentEndpointSyncs, cancel);

    private void Enqueue(V1Pod pod)
    {
        foreach (var service in ServiceSelection.Selecting(_services.Store, pod.Metadata.NamespaceProperty, pod.Metadata.Labels))
            _loop.Queue.AddAfter(service, Batch);
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        var current = _endpoints.Store.Get(key);
        if (_services.Store.Get(key) is not { } service)
        {
            // Endpoints made by hand or by leader election outlive a service that never was.
            if (current?.Metadata.Labels?.TryGetValue(ManagedByLabel, out var manager) == true && manager == ManagedBy)
                await _client.TryDeleteAsync(key.Namespace, key.Name, current.Metadata.Uid, cancel);
            return;
        }
        if (!service.HasSelector)
            return;
        var subsets = EndpointSubsets.Of(service, ServiceSelection.SelectedBy(_pods.Store, service).OrderBy(p => p.Metadata.Name, StringComparer.Ordinal), out var truncated);
        var wanted = Compose(service, current, subsets, truncated);
        if (current is not null && Json.Same(Essence(current), Essence(wanted)))
            return;
        await WriteAsync(service, current, wanted, cancel);
    }

    private static V1Endpoints Compose(V1Service service, V1Endpoints? current, IList<V1EndpointSubset> subsets, bool truncated)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>()) { [ManagedByLabel] = ManagedBy };
        labels.Remove(ServiceSelection.HeadlessLabel);
        if (service.IsHeadless)
            labels[ServiceSelection.HeadlessLabel] = "";
        var annotations = new Dictionary<string, string>(current?.Metadata.Annotations ?? new Dictionary<string, string>());
        annotations.Remove(EndpointSubsets.OverCapacityAnnotation);
        if (truncated)
            annotations[EndpointSubsets.OverCapacityAnnotation] = "truncated";
        var metadata = current?.Metadata ?? new() { Name = service.Metadata.Name, NamespaceProperty = service.Metadata.NamespaceProperty };
        return new() { Metadata = metadata with { Labels = labels, Annotations = annotations.Count == 0 ? null : annotations }, Subsets = subsets };
    }

    private async Task WriteAsync(V1Service service, V1Endpoints? current, V1Endpoints wanted, CancellationToken cancel)
    {
        try
        {
            if (current is null)
                await _client.CreateAsync(wanted, cancel);
            else
                await _client.UpdateAsync(wanted, cancel);
        }
        catch (HttpOperationException e) when (e.IsNamespaceTerminating)
        {
            // The namespace is going away, and this with it.
        }
        catch (HttpOperationException e) when (e.IsForbidden || e.IsInvalid)
        {
            _context.Events.Event(service, EventType.Warning, current is null ? "FailedToCreateEndpoint" : "FailedToUpdateEndpoint",
                $"Failed to {(current is null ? "create" : "update")} endpoint for service {ObjectKey.Of(service)}: {e.Words}");
            throw;
        }
    }

    private static object Essence(V1Endpoints endpoints) => new
    {
        labels = endpoints.Metadata.Labels ?? new Dictionary<string, string>(),
        annotations = endpoints.Metadata.Annotations ?? new Dictionary<string, string>(),
        subsets = endpoints.Subsets ?? [],
    };
}
