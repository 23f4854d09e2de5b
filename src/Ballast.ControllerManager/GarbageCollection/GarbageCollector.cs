using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.ControllerManager.Discovery;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager.GarbageCollection;

/// <summary>
/// Deletes objects whose owners are all gone, and carries out the propagation policies of deletions. The graph only says where to look;
/// every decision is made on the object and its owners as the server has them at that moment, and holds for that uid alone.
/// </summary>
public sealed class GarbageCollector : IController
{
    private static readonly TimeSpan DiscoveryPeriod = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SyncPatience = TimeSpan.FromSeconds(30);

    private readonly ControllerContext _context;
    private readonly ILogger _logger;
    private readonly Graph _graph;
    private readonly ResourceMonitors _monitors;
    private readonly ResourceDiscovery _discovery;
    private readonly AbsentOwners _absent = new(500);
    private readonly ControllerLoop<Node> _deletions;
    private readonly ControllerLoop<Node> _orphans;

    public GarbageCollector(ControllerContext context)
    {
        _context = context;
        _logger = context.Logs.CreateLogger<GarbageCollector>();
        _deletions = context.Loop<Node>("garbage_collector_attempt_to_delete", AttemptToDeleteAsync);
        _orphans = context.Loop<Node>("garbage_collector_attempt_to_orphan", AttemptToOrphanAsync);
        _graph = new Graph(_deletions.Queue.Add, _orphans.Queue.Add);
        _monitors = new ResourceMonitors(context.Client, _graph, context.Time, _logger);
        _discovery = new ResourceDiscovery(context.Client);
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            await DiscoverAsync(cancel);
            await _monitors.WaitForSyncAsync(SyncPatience, cancel);
            var workers = _context.Options.ConcurrentGarbageCollectorSyncs;
            await Task.WhenAll(KeepDiscoveringAsync(cancel), _deletions.RunAsync(workers, cancel), _orphans.RunAsync(workers, cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
        }
        finally
        {
            await _monitors.StopAsync();
        }
    }

    private async Task KeepDiscoveringAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(DiscoveryPeriod, _context.Time);
        while (await timer.WaitForNextTickAsync(cancel))
            await DiscoverAsync(cancel);
    }

    private async Task DiscoverAsync(CancellationToken cancel)
    {
        try
        {
            await _monitors.FollowAsync(await _discovery.DiscoverAsync(cancel), cancel);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            _logger.LogWarning("Garbage collector could not discover resources, going on with those it knows: {Message}", e.ApiMessage);
        }
    }

    private async Task AttemptToDeleteAsync(Node node, CancellationToken cancel)
    {
        if (node.IsBeingDeleted && !node.IsDeletingDependents)
            return; // under way, and nothing waits for us
        if (!node.IsVirtual && !node.IsDeletingDependents && node.Owners.Count == 0)
            return;
        if (Resource(node.Identity) is not { } items)
        {
            WaitForKind(node);
            return;
        }
        var latest = await FindAsync(items, node.Identity, cancel);
        if (latest is null || latest.Metadata.Uid != node.Identity.Uid)
        {
            _absent.Add(node.Identity.Uid);
            _graph.Forget(node.Identity.Uid);
            return;
        }
        if (node.IsDeletingDependents)
            await FinishForegroundAsync(node, items, latest.Metadata, cancel);
        else if (latest.Metadata.OwnerReferences is { Count: > 0 } owners)
            await JudgeAsync(node, items, latest.Metadata, owners, cancel);
    }

    /// <summary>An object that is deleted in the foreground goes when no dependent blocks it any more.</summary>
    private async Task FinishForegroundAsync(Node node, ResourceClient<PartialObjectMetadata> items, V1ObjectMeta latest, CancellationToken cancel)
    {
        var blocking = _graph.BlockingDependentsOf(node);
        if (blocking.Count == 0)
        {
            await RemoveFinalizerAsync(items, latest, PropagationFinalizers.Foreground, cancel);
            return;
        }
        foreach (var dependent in blocking)
        {
            if (!dependent.IsDeletingDependents)
                _deletions.Queue.Add(dependent);
        }
    }

    /// <summary>Whether the object still has a reason to be.</summary>
    private async Task JudgeAsync(Node node, ResourceClient<PartialObjectMetadata> items, V1ObjectMeta latest, IList<V1OwnerReference> owners, CancellationToken cancel)
    {
        if (await ClassifyAsync(node.Identity.Namespace, owners, cancel) is not var (solid, waiting, dangling))
        {
            WaitForKind(node);
            return;
        }
        if (solid.Count > 0)
        {
            if (waiting.Count + dangling.Count > 0)
                await SetOwnersAsync(items, latest, solid, cancel);
            return;
        }
        if (waiting.Count > 0 && _graph.DependentsOf(node) is { Count: > 0 } dependents)
        {
            // A circle of objects that all wait for each other: this one stops blocking.
            if (dependents.Any(d => d.IsDeletingDependents))
                await SetOwnersAsync(items, latest, [.. owners.Select(o => o with { BlockOwnerDeletion = false })], cancel);
            await DeleteAsync(items, latest, PropagationPolicy.Foreground, cancel);
            return;
        }
        await DeleteAsync(items, latest, PropagationFinalizers.PolicyOf(latest), cancel);
    }

    /// <returns>Null where an owner's kind is not served: it may be again, and nothing is deleted on a guess.</returns>
    private async Task<(List<V1OwnerReference> Solid, List<V1OwnerReference> Waiting, List<V1OwnerReference> Dangling)?> ClassifyAsync(
        string ns, IList<V1OwnerReference> owners, CancellationToken cancel)
    {
        var (solid, waiting, dangling) = (new List<V1OwnerReference>(), new List<V1OwnerReference>(), new List<V1OwnerReference>());
        foreach (var reference in owners)
        {
            if (_absent.Contains(reference.Uid))
            {
                dangling.Add(reference);
                continue;
            }
            var identity = new Identity(reference.ApiVersion, reference.Kind, ns, reference.Name, reference.Uid);
            if (Resource(identity) is not { } resource)
                return null;
            var owner = await FindAsync(resource, identity, cancel);
            if (owner is null || owner.Metadata.Uid != reference.Uid)
            {
                _absent.Add(reference.Uid);
                dangling.Add(reference);
            }
            else if (owner.Metadata.DeletionTimestamp is not null && owner.Metadata.Has(PropagationFinalizers.Foreground))
                waiting.Add(reference);
            else
                solid.Add(reference);
        }
        return (solid, waiting, dangling);
    }

    /// <summary>A new kind is known after the next discovery.</summary>
    private void WaitForKind(Node node) => _deletions.Queue.AddAfter(node, DiscoveryPeriod);

    private async Task AttemptToOrphanAsync(Node node, CancellationToken cancel)
    {
        foreach (var dependent in _graph.DependentsOf(node))
        {
            if (Resource(dependent.Identity) is not { } resource
                || await FindAsync(resource, dependent.Identity, cancel) is not { } latest || latest.Metadata.Uid != dependent.Identity.Uid)
                continue;
            var others = (latest.Metadata.OwnerReferences ?? []).Where(o => o.Uid != node.Identity.Uid).ToList();
            if (others.Count < (latest.Metadata.OwnerReferences?.Count ?? 0))
                await SetOwnersAsync(resource, latest.Metadata, others, cancel);
        }
        if (Resource(node.Identity) is { } items && await FindAsync(items, node.Identity, cancel) is { } self && self.Metadata.Uid == node.Identity.Uid)
            await RemoveFinalizerAsync(items, self.Metadata, PropagationFinalizers.Orphan, cancel);
    }

    private async Task DeleteAsync(ResourceClient<PartialObjectMetadata> items, V1ObjectMeta metadata, string policy, CancellationToken cancel)
    {
        _logger.LogInformation("Deleting item {Resource} {Namespace}/{Name}, propagation policy {Policy}", items.Resource.Resource, metadata.NamespaceProperty, metadata.Name, policy);
        await items.TryDeleteAsync(metadata.NamespaceProperty, metadata.Name, metadata.Uid, cancel, policy);
    }

    /// <summary>Refused where the object changed since it was read: the queue brings it back.</summary>
    private static Task SetOwnersAsync(ResourceClient<PartialObjectMetadata> items, V1ObjectMeta latest, IReadOnlyList<V1OwnerReference> owners, CancellationToken cancel) =>
        PatchAsync(items, latest, new { metadata = new { uid = latest.Uid, resourceVersion = latest.ResourceVersion, ownerReferences = owners } }, cancel);

    private static Task RemoveFinalizerAsync(ResourceClient<PartialObjectMetadata> items, V1ObjectMeta latest, string finalizer, CancellationToken cancel) =>
        !latest.Has(finalizer) ? Task.CompletedTask
        : PatchAsync(items, latest, new { metadata = new { uid = latest.Uid, resourceVersion = latest.ResourceVersion, finalizers = latest.Finalizers.Where(f => f != finalizer) } }, cancel);

    private static async Task PatchAsync(ResourceClient<PartialObjectMetadata> items, V1ObjectMeta latest, object patch, CancellationToken cancel)
    {
        try
        {
            await items.MergePatchAsync(latest.NamespaceProperty, latest.Name, patch, cancel);
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            // Gone meanwhile: nothing is left to change.
        }
    }

    private ResourceClient<PartialObjectMetadata>? Resource(Identity identity) =>
        _monitors.ResourceOf(identity.GroupKind) is { } resource ? _context.Client.MetadataOf(resource.Resource) : null;

    /// <summary>An owner is known only from its dependent's reference and is given that one's namespace, even where its kind has none.</summary>
    private Task<PartialObjectMetadata?> FindAsync(ResourceClient<PartialObjectMetadata> items, Identity identity, CancellationToken cancel) =>
        items.FindAsync(_monitors.ResourceOf(identity.GroupKind)?.IsNamespaced == true ? identity.Namespace : null, identity.Name, cancel);
}
