using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Client.Informers;

/// <summary>Keeps a <see cref="Store{T}"/> in step with the API and tells handlers of every change.</summary>
/// <remarks>
/// Promised: one loop changes the store and then calls the handlers, one after the other, in the order they were added; when a
/// handler runs, the store already shows the change. The changes of one object come in the order they happened. After a lost
/// connection the store catches up by itself. A delete that was missed is told with the last state that was known.
/// Not promised: any order between different objects; that every intermediate state is seen (a relist shows only the newest);
/// that the store is current (it follows the server by a little, by more while no server answers); that an object in a handler
/// still exists. A handler must be quick and must not wait: it puts a key into a queue.
/// <c>managedFields</c> are dropped: nobody here reads them, and the server keeps them when they are absent from an update.
/// </remarks>
public sealed class Informer<T> : IInformer where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Reflector<T> _reflector;
    private readonly ILogger _logger;
    private readonly List<Handler> _handlers = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;

    public Informer(ResourceClient<T> client, ListScope scope, TimeProvider time, ILogger logger)
    {
        _logger = logger;
        _reflector = new Reflector<T>(client, scope, time, Random.Shared, logger);
    }

    public Store<T> Store { get; } = new();

    /// <summary>
    /// Raised after a list has replaced what the store held. What the server answered earlier may be newer than the store only until then, and where its data was restored it may never be
    /// seen: it counts no more. Handlers must be quick.
    /// </summary>
    public event Action? Listed;

    /// <summary>True once the first list is in the store and its handlers have run.</summary>
    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>Ends when <see cref="HasSynced"/> becomes true.</summary>
    public Task WaitForSyncAsync(CancellationToken cancel) => _synced.Task.WaitAsync(cancel);

    /// <summary>Adds handlers; before <see cref="RunAsync"/> only, so that none misses a change.</summary>
    /// <param name="added">A new object; at the start, every object there is.</param>
    /// <param name="updated">The object before and after. A relist tells only of objects whose resourceVersion changed.</param>
    /// <param name="deleted">The last state known.</param>
    public void AddHandler(Action<T>? added = null, Action<T, T>? updated = null, Action<T>? deleted = null)
    {
        if (_started)
            throw new InvalidOperationException($"the {typeof(T).Name} informer runs already: add handlers before it starts");
        _handlers.Add(new(added, updated, deleted));
    }

    /// <summary>One handler for every change: it gets the newest state, for a delete the last one.</summary>
    public void AddHandler(Action<T> changed) => AddHandler(changed, (_, now) => changed(now), changed);

    /// <summary>Lists, watches and goes on until cancelled, whatever the servers do.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        _started = true;
        await _reflector.RunAsync(Replace, Apply, cancel);
    }

    private void Replace(IList<T> items)
    {
        var gone = Store.List().Select(ObjectKey.Of).ToHashSet();
        foreach (var item in items)
        {
            gone.Remove(ObjectKey.Of(item));
            Set(item);
        }
        foreach (var key in gone)
            Remove(key, null);
        Listed?.Invoke();
        _synced.TrySetResult();
    }

    private void Apply(WatchEvent<T> change)
    {
        if (change.Type == WatchEventType.Deleted)
            Remove(ObjectKey.Of(change.Object), change.Object);
        else
            Set(change.Object);
    }

    private void Set(T item)
    {
        item.Metadata.ManagedFields = null;
        var old = Store.Set(item);
        if (old is null)
            Tell(static (h, _, now) => h.Added?.Invoke(now!), null, item);
        else if (old.Metadata.Uid != item.Metadata.Uid)
        {
            // Deleted and made again while nobody looked: two objects, whatever their name.
            Tell(static (h, was, _) => h.Deleted?.Invoke(was!), old, null);
            Tell(static (h, _, now) => h.Added?.Invoke(now!), null, item);
        }
        else if (old.Metadata.ResourceVersion != item.Metadata.ResourceVersion)
            Tell(static (h, was, now) => h.Updated?.Invoke(was!, now!), old, item);
    }

    private void Remove(ObjectKey key, T? last)
    {
        if (Store.Remove(key) is { } known)
            Tell(static (h, was, _) => h.Deleted?.Invoke(was!), last ?? known, null);
    }

    private void Tell(Action<Handler, T?, T?> tell, T? was, T? now)
    {
        foreach (var handler in _handlers)
        {
            try
            {
                tell(handler, was, now);
            }
            catch (Exception e)
            {
                _logger.LogError(e, "An informer's handler failed for {Kind} {Key}", typeof(T).Name, ObjectKey.Of((was ?? now)!));
            }
        }
    }

    private sealed record Handler(Action<T>? Added, Action<T, T>? Updated, Action<T>? Deleted);
}

/// <summary>An informer whatever its kind.</summary>
public interface IInformer
{
    bool HasSynced { get; }

    Task WaitForSyncAsync(CancellationToken cancel);

    Task RunAsync(CancellationToken cancel);
}
