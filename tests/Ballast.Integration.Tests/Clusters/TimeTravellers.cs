using System.Globalization;
using Ballast.Client;
using Ballast.Client.Informers;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Integration.Tests.Clusters;

/// <summary>
/// Three clients that must not notice that a cluster goes back in time, but by being told: one creates ConfigMaps and remembers which were acknowledged at which
/// resourceVersion, one lists them and remembers where a resourceVersion went back, and one follows them with an informer.
/// </summary>
public sealed class TimeTravellers : IAsyncDisposable
{
    private const string Namespace = "default";

    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly Informer<V1ConfigMap> _informer;
    private readonly Task _running;
    private readonly Lock _gate = new(); // guards the two lists
    private readonly List<(string Name, long ResourceVersion)> _acknowledged = [];
    private readonly List<string> _wentBack = [];
    private int _lists;

    private TimeTravellers(string kubeconfig)
    {
        _client = ClientFactory.Create(kubeconfig, "time-travellers");
        _informer = new(_client.Resources<V1ConfigMap>(), new ListScope(Namespace), TimeProvider.System, NullLogger.Instance);
        _running = Task.WhenAll(Task.Run(() => WriteAsync(_stop.Token)), Task.Run(() => ReadAsync(_stop.Token)), Task.Run(() => FollowAsync(_stop.Token)));
    }

    public static TimeTravellers Start(string kubeconfig) => new(kubeconfig);

    public IReadOnlyList<(string Name, long ResourceVersion)> Acknowledged
    {
        get
        {
            lock (_gate)
                return [.. _acknowledged];
        }
    }

    /// <summary>Answers with a lower resourceVersion than an answer before.</summary>
    public IReadOnlyList<string> WentBack
    {
        get
        {
            lock (_gate)
                return [.. _wentBack];
        }
    }

    public int Lists => _lists;

    /// <summary>What the informer believes there is.</summary>
    public IReadOnlyList<string> Followed => [.. _informer.Store.List().Select(Text).Order(StringComparer.Ordinal)];

    /// <summary>Name, uid and resourceVersion: two that agree in all are the same state of the same object.</summary>
    public static string Text(V1ConfigMap map) => $"{map.Metadata.Name} {map.Metadata.Uid} {map.Metadata.ResourceVersion}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _client.Dispose();
        _stop.Dispose();
    }

    private Task WriteAsync(CancellationToken cancel)
    {
        var maps = _client.Resources<V1ConfigMap>();
        return PersistentClient.AgainAsync(async i =>
        {
            var made = await maps.CreateAsync(new() { Metadata = new() { Name = $"map-{i:00000}", NamespaceProperty = Namespace } }, cancel);
            lock (_gate)
                _acknowledged.Add((made.Metadata.Name, Number(made.Metadata.ResourceVersion)));
        }, cancel);
    }

    private Task ReadAsync(CancellationToken cancel)
    {
        var maps = _client.Resources<V1ConfigMap>();
        long newest = 0;
        return PersistentClient.AgainAsync(async _ =>
        {
            var at = Number((await maps.ListAsync(new ListScope(Namespace, FieldSelector: "metadata.name=none"), cancel)).Metadata.ResourceVersion);
            if (at < newest)
            {
                lock (_gate)
                    _wentBack.Add($"{at} after {newest}");
            }
            newest = Math.Max(newest, at);
            Interlocked.Increment(ref _lists);
        }, cancel);
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        try
        {
            await _informer.RunAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            // The journey is over.
        }
    }

    private static long Number(string resourceVersion) => long.Parse(resourceVersion, CultureInfo.InvariantCulture);
}
