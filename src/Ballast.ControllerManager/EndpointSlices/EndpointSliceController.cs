using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Ownership;
using Ballast.ControllerManager.Services;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ControllerManager.EndpointSlices;

/// <summary>Keeps for every Service with a selector EndpointSlices of its pods.</summary>
public sealed class EndpointSliceController : IController
{
    private const string ServiceNameLabel = "kubernetes.io/service-name";
    private const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    private const string ManagedBy = "endpointslice-controller.k8s.io";
    private static readonly TimeSpan Batch = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan CacheWait = TimeSpan.FromMilliseconds(20);

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1EndpointSlice> _client;
    private readonly Informer<V1Service> _services;
    private readonly Informer<V1Pod> _pods;
    private readonly Informer<V1Node> _nodes;
    private readonly IIndex<V1EndpointSlice> _slicesByService;
    private readonly ControllerLoop<ObjectKey> _loop;

    private readonly UnseenWrites _unseen;

    public EndpointSliceController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1EndpointSlice>();
        _services = context.Informers.For<V1Service>();
        _pods = context.Informers.For<V1Pod>();
        _nodes = context.Informers.For<V1Node>();
        var slices = context.Informers.For<V1EndpointSlice>();
        _unseen = new UnseenWrites(slices.Store, context.Time);
        _slicesByService = slices.Store.AddIndex(ServiceNameLabel, s => ServiceOf(s) is { } key ? [key.ToString()] : []);
        _loop = context.Loop<ObjectKey>("endpoint_slice", SyncAsync);
        _services.AddHandler(s => _loop.Queue.Add(ObjectKey.Of(s)));
        _pods.AddHandler(Enqueue, (old, now) =>
        {
            if (!ServiceSelection.Matters(old, now))
                return;
            Enqueue(old);
            Enqueue(now);
        }, Enqueue);
        slices.AddHandler(Seen, (_, now) => Seen(now), Gone);
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(_context.Options.ConcurrentServiceEndpointSyncs, cancel);

    private void Enqueue(V1Pod pod)
    {
        foreach (var service in ServiceSelection.Selecting(_services.Store, pod.Metadata.NamespaceProperty, pod.Metadata.Labels))
            _loop.Queue.AddAfter(service, Batch);
    }

    private void Seen(V1EndpointSlice slice)
    {
        if (_unseen.Saw(slice))
            return;
        if (ServiceOf(slice) is { } service)
            _loop.Queue.Add(service); // somebody else's change
    }

    private void Gone(V1EndpointSlice slice)
    {
        _unseen.Saw(slice);
        if (ServiceOf(slice) is { } service)
            _loop.Queue.Add(service);
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        var existing = _slicesByService[key.ToString()];
        if (_services.Store.Get(key) is not { } service)
            return; // its slices are its dependents: the garbage collector takes them
        if (!service.HasSelector || service.Spec.Type == "ExternalName")
            return;
        if (_unseen.AnyOf(key))
        {
            _loop.Queue.AddAfter(key, CacheWait);
            return;
        }
        var desired = DesiredEndpoints.Of(service, ServiceSelection.SelectedBy(_pods.Store, service), _nodes.Store);
        var plan = SlicePlan.For(desired, existing, _context.Options.MaxEndpointsPerSlice, type => Empty(service, type));
        try
        {
            foreach (var slice in plan.Create)
                _unseen.Wrote(await _client.CreateAsync(slice, cancel));
            foreach (var slice in plan.Update)
                _unseen.Wrote(await _client.UpdateAsync(slice, cancel));
            foreach (var slice in plan.Delete)
                await _client.TryDeleteAsync(slice.Metadata.NamespaceProperty, slice.Metadata.Name, slice.Metadata.Uid, cancel);
        }
        catch (HttpOperationException e) when (e.IsNamespaceTerminating)
        {
            // The namespace is going away, and these with it.
        }
    }

    private static V1EndpointSlice Empty(V1Service service, string addressType)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [ServiceNameLabel] = service.Metadata.Name,
            [ManagedByLabel] = ManagedBy,
        };
        labels.Remove(ServiceSelection.HeadlessLabel);
        if (service.IsHeadless)
            labels[ServiceSelection.HeadlessLabel] = "";
        return new()
        {
            Metadata = new()
            {
                GenerateName = service.Metadata.Name + "-",
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = labels,
                OwnerReferences = [service.NewControllerReference()],
            },
            AddressType = addressType,
            Endpoints = [],
        };
    }

    private static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(ManagedByLabel, out var manager) && manager == ManagedBy
        && labels.TryGetValue(ServiceNameLabel, out var name) ? new(slice.Metadata.NamespaceProperty, name) : null;
}
