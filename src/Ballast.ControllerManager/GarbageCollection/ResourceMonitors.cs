using System.Collections.Concurrent;
using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Discovery;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager.GarbageCollection;

/// <summary>Watches the metadata of everything that can be deleted, custom resources included, and tells the graph.</summary>
internal sealed class ResourceMonitors(ApiClient client, Graph graph, TimeProvider time, ILogger logger)
{
    /// <summary>Objects that own nothing, are owned by nothing and come in masses.</summary>
    private static readonly HashSet<GroupResource> Ignored = [new("", "events"), new("events.k8s.io", "events")];

    private readonly ConcurrentDictionary<GroupVersionResource, Monitor> _monitors = [];
    private volatile Dictionary<GroupKind, DiscoveredResource> _kinds = [];

    /// <summary>The resource that serves a kind; null where none does, as far as discovery has got.</summary>
    public DiscoveredResource? ResourceOf(GroupKind kind) => _kinds.GetValueOrDefault(kind);

    /// <summary>Starts and stops watches so that they are those of <paramref name="discovered"/>. Kinds of groups that did not answer stay.</summary>
    public async Task FollowAsync(Discovered discovered, CancellationToken cancel)
    {
        _kinds = discovered.Resources.GroupBy(r => new GroupKind(r.Resource.Group, r.Kind)).ToDictionary(g => g.Key, g => g.First());
        var wanted = discovered.Resources.Where(r => r.Can("delete", "list", "watch") && !Ignored.Contains(r.Resource.GroupResource)).ToDictionary(r => r.Resource);
        foreach (var (resource, monitor) in _monitors)
        {
            if (wanted.ContainsKey(resource) || discovered.Failures.ContainsKey(resource.GroupVersion.ToString()))
                continue;
            _monitors.TryRemove(resource, out _);
            await monitor.StopAsync();
            logger.LogInformation("Garbage collector no longer watches {Resource}", resource);
        }
        foreach (var resource in wanted.Values)
        {
            if (!_monitors.ContainsKey(resource.Resource))
                _monitors[resource.Resource] = Start(resource, cancel);
        }
    }

    /// <summary>Ends when every watch has its first list, or after <paramref name="patience"/>: one that fails must not hold up the others.</summary>
    public async Task WaitForSyncAsync(TimeSpan patience, CancellationToken cancel)
    {
        using var limit = new CancellationTokenSource(patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, limit.Token);
        try
        {
            await Task.WhenAll(_monitors.Values.Select(m => m.Informer.WaitForSyncAsync(both.Token)));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            logger.LogWarning("Garbage collector starts without {Resources}: they do not answer",
                string.Join(", ", _monitors.Where(m => !m.Value.Informer.HasSynced).Select(m => m.Key)));
        }
    }

    public Task StopAsync() => Task.WhenAll(_monitors.Values.Select(m => m.StopAsync()));

    private Monitor Start(DiscoveredResource resource, CancellationToken cancel)
    {
        var informer = new Informer<PartialObjectMetadata>(client.MetadataOf(resource.Resource), ListScope.All, time, logger);
        informer.AddHandler(o => Observe(resource, o), (_, o) => Observe(resource, o), o => graph.Forget(o.Metadata.Uid));
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        return new(informer, stop, Task.Run(() => informer.RunAsync(stop.Token), CancellationToken.None));
    }

    private void Observe(DiscoveredResource resource, PartialObjectMetadata item) =>
        graph.Observe(new(resource.Resource.GroupVersion.ToString(), resource.Kind, item.Metadata.NamespaceProperty ?? "", item.Metadata.Name, item.Metadata.Uid), item.Metadata);

    private sealed record Monitor(Informer<PartialObjectMetadata> Informer, CancellationTokenSource Stop, Task Run)
    {
        public async Task StopAsync()
        {
            await Stop.CancelAsync();
            await Run;
            Stop.Dispose();
        }
    }
}
