using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authorization;

/// <summary>Something kept in step with the objects of one resource. Calls come one at a time.</summary>
internal interface IFeedConsumer
{
    /// <summary>These are all the objects there are: first, and again whenever the watch had to start over.</summary>
    void Replace(IReadOnlyList<StoredObject> objects);

    void Set(StoredObject changed);

    void Remove(StoredObject gone);
}

/// <summary>Watches one resource for as long as the server runs and hands every change to a consumer.</summary>
internal sealed class ObjectFeed(IResourceCatalog catalog, GroupResource resource, IFeedConsumer consumer, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Done once the consumer has seen all the objects there were.</summary>
    public Task Synced => _synced.Task;

    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(cancel);
                await Task.Delay(RestartDelay, time, cancel);
            }
            catch (StorageException lost)
            {
                log.LogWarning("Watch of {Resource} ended and starts over: {Error}", resource, lost.Message);
                await Task.Delay(RestartDelay, time, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var store = catalog.Find(resource) ?? throw new InvalidOperationException($"{resource} is needed here and not served");
        List<StoredObject>? initial = [];
        await foreach (var change in store.Objects.WatchAsync(new WatchQuery("", SinceVersion: null) { SendInitialEventsEnd = true }, cancel))
        {
            if (change.InitialEventsEnd && initial is not null)
            {
                consumer.Replace(initial);
                initial = null;
                _ = _synced.TrySetResult();
            }
            if (change.Object is not { } changed)
                continue;
            if (initial is not null)
                initial.Add(changed);
            else if (change.Type == WatchEventType.Deleted)
                consumer.Remove(changed);
            else
                consumer.Set(changed);
        }
    }
}
