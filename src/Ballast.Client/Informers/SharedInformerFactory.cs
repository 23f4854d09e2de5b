using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Client.Informers;

/// <summary>One informer a kind and scope for a whole component: ask for what is needed, add handlers and indexes, then run them all.</summary>
public sealed class SharedInformerFactory(ApiClient client, TimeProvider time, ILoggerFactory logs)
{
    private readonly Lock _lock = new(); // guards both collections
    private readonly Dictionary<(Type, ListScope), IInformer> _informers = [];
    private readonly List<Task> _running = [];
    private readonly HashSet<IInformer> _started = [];

    /// <summary>The informer for a kind; made on the first call, started by the next <see cref="Start"/>.</summary>
    public Informer<T> For<T>(ListScope? scope = null) where T : class, IKubernetesObject<V1ObjectMeta>
    {
        scope ??= ListScope.All;
        lock (_lock)
        {
            if (_informers.TryGetValue((typeof(T), scope), out var known))
                return (Informer<T>)known;
            var made = new Informer<T>(client.Resources<T>(), scope, time, logs.CreateLogger<Informer<T>>());
            _informers[(typeof(T), scope)] = made;
            return made;
        }
    }

    /// <summary>Starts every informer that was asked for and does not run yet. They end with <paramref name="cancel"/>.</summary>
    public void Start(CancellationToken cancel)
    {
        lock (_lock)
        {
            foreach (var informer in _informers.Values.Where(_started.Add))
                _running.Add(Task.Run(() => informer.RunAsync(cancel), CancellationToken.None));
        }
    }

    /// <summary>Ends when every informer that was started has its first list.</summary>
    public Task WaitForSyncAsync(CancellationToken cancel)
    {
        lock (_lock)
            return Task.WhenAll(_started.Select(i => i.WaitForSyncAsync(cancel)));
    }

    /// <summary>Ends when every informer has, after the token given to <see cref="Start"/> was cancelled.</summary>
    public Task Completion
    {
        get
        {
            lock (_lock)
                return Task.WhenAll(_running);
        }
    }
}
