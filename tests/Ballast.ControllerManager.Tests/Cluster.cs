using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Options;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ControllerManager.Tests;

/// <summary>An API in memory, the controllers under test, and a stand-in for scheduler and kubelet that makes pods run and end.</summary>
public sealed class Cluster : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];
    private readonly bool _ownsServer;

    /// <param name="time">The clock; the system's where null.</param>
    /// <param name="options">The flags.</param>
    /// <param name="server">Another cluster's, to share; it then stays that one's.</param>
    public Cluster(TimeProvider? time = null, ControllerManagerOptions? options = null, InMemoryApiServer? server = null)
    {
        _ownsServer = server is null;
        Time = time ?? TimeProvider.System;
        Options = options ?? new();
        Server = server ?? new InMemoryApiServer(Time);
        Client = Server.CreateClient();
    }

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public TimeProvider Time { get; }

    public ControllerManagerOptions Options { get; }

    public InMemoryApiServer Server { get; }

    public ApiClient Client { get; }

    public RecordedEvents Events { get; } = new();

    public ILoggerFactory Logs { get; set; } = NullLoggerFactory.Instance;

    /// <summary>Which pods become ready once they are bound; all, unless a test says otherwise.</summary>
    public Func<V1Pod, bool> BecomesReady { get; set; } = _ => true;

    public async Task RunAsync(params Func<ControllerContext, IController>[] create)
    {
        var informers = new SharedInformerFactory(Client, Time, Logs);
        var context = new ControllerContext(Client, informers, Events, Time, Logs, Options);
        var controllers = create.Select(c => c(context)).ToList();
        informers.Start(_stop.Token);
        await informers.WaitForSyncAsync(Cancel);
        _running.Add(informers.Completion);
        _running.AddRange(controllers.Select(c => c.RunAsync(_stop.Token)));
    }

    /// <summary>Binds and starts every new pod, and lets terminating ones go.</summary>
    public async Task RunPodsAsync(string node = "node-1")
    {
        var pods = Client.Resources<V1Pod>();
        var informer = new Informer<V1Pod>(pods, ListScope.All, Time, NullLogger.Instance);
        var changes = System.Threading.Channels.Channel.CreateUnbounded<V1Pod>();
        informer.AddHandler(p => changes.Writer.TryWrite(p), (_, p) => changes.Writer.TryWrite(p));
        _running.Add(informer.RunAsync(_stop.Token));
        await informer.WaitForSyncAsync(Cancel);
        _running.Add(Task.Run(async () =>
        {
            try
            {
                await foreach (var pod in changes.Reader.ReadAllAsync(_stop.Token))
                    await MoveAsync(pods, pod, node);
            }
            catch (OperationCanceledException)
            {
            }
        }));
    }

    public async Task<IReadOnlyList<T>> ListAsync<T>(string? ns = "default") where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        [.. (await Client.Resources<T>().ListAsync(new ListScope(ns), Cancel)).Items];

    public Task<T> GetAsync<T>(string name, string? ns = "default") where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        Client.Resources<T>().GetAsync(ns, name, Cancel);

    public Task UntilAsync(Func<Task<bool>> holds, string what) => Eventually.TrueAsync(holds, what);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        if (_ownsServer)
        {
            Client.Dispose();
            Server.Dispose();
        }
        _stop.Dispose();
    }

    private async Task MoveAsync(ResourceClient<V1Pod> pods, V1Pod pod, string node)
    {
        try
        {
            if (pod.Metadata.DeletionTimestamp is not null)
                await pods.DeleteAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name, new() { GracePeriodSeconds = 0 }, _stop.Token);
            else if (string.IsNullOrEmpty(pod.Spec.NodeName))
                await pods.PostAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name, "binding", new { target = new { kind = "Node", name = node } }, _stop.Token);
            else if (pod.Status?.Phase == "Pending" && BecomesReady(pod))
            {
                var conditions = new[] { new { type = "Ready", status = "True", lastTransitionTime = Time.GetUtcNow().UtcDateTime } };
                await pods.MergePatchAsync(pod.Metadata.NamespaceProperty, pod.Metadata.Name,
                    new { status = new { phase = "Running", podIP = "10.0.0.1", conditions } }, _stop.Token, "status");
            }
        }
        catch (k8s.Autorest.HttpOperationException e) when (e.IsNotFound || e.IsConflict)
        {
        }
    }
}

/// <summary>Events as the controllers gave them.</summary>
public sealed class RecordedEvents : IEventRecorder
{
    private readonly List<string> _events = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_events)
                return [.. _events];
        }
    }

    public void Event(V1ObjectReference about, string type, string reason, string message, string? action = null)
    {
        lock (_events)
            _events.Add($"{type} {reason} {message}");
    }
}
