using System.Threading.Channels;
using Ballast.ApiMachinery.Objects;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Client.Events;

/// <summary>Sends events as core/v1 objects from a loop of its own, in the order they came. Dispose sends what is still queued, for two seconds at most.</summary>
public sealed class EventRecorder : IEventRecorder, IAsyncDisposable
{
    private const int QueueLength = 1000;
    private const int Attempts = 5;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    private readonly ResourceClient<Corev1Event> _events;
    private readonly string _component;
    private readonly string _host;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly EventCorrelator _correlator;
    private readonly Channel<Occurrence> _queue = Channel.CreateBounded<Occurrence>(
        new BoundedChannelOptions(QueueLength) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="client">Must not be guarded by leadership: the end of it is told too.</param>
    /// <param name="component">The <c>source.component</c> and <c>reportingComponent</c>.</param>
    /// <param name="host">The <c>source.host</c>; empty for components that are not of one host.</param>
    /// <param name="time">The clock of the timestamps.</param>
    /// <param name="logger">Gets what could not be sent.</param>
    public EventRecorder(ApiClient client, string component, string host, TimeProvider time, ILogger logger)
    {
        _events = client.Resources<Corev1Event>();
        (_component, _host, _time, _logger) = (component, host, time, logger);
        _correlator = new EventCorrelator(time);
        _loop = Task.Run(SendAllAsync);
    }

    public void Event(V1ObjectReference about, string type, string reason, string message, string? action = null) =>
        _queue.Writer.TryWrite(new(about, type, reason, message, action, _time.GetUtcNow()));

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        _stop.CancelAfter(DrainTime);
        await _loop;
        _stop.Dispose();
    }

    private async Task SendAllAsync()
    {
        try
        {
            await foreach (var occurrence in _queue.Reader.ReadAllAsync(_stop.Token))
            {
                var kind = EventKind.Of(occurrence.About, occurrence.Type, occurrence.Reason);
                if (_correlator.Correlate(kind, occurrence.Message) is { } known)
                    await SendAsync(occurrence with { Message = known.Message }, kind, known.Series, _stop.Token);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task SendAsync(Occurrence occurrence, EventKind kind, EventSeries series, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (series.Exists && await TryRaiseAsync(occurrence, series, cancel))
                    return;
                await _events.CreateAsync(Describe(occurrence, series), cancel);
                series.Exists = true;
                return;
            }
            catch (HttpOperationException e) when (e.IsAlreadyExists && attempt < Attempts)
            {
                series.Name = _correlator.NextName(kind);
            }
            catch (HttpOperationException e)
            {
                // The server has decided (a namespace that is going away, for instance): it would decide so again.
                _logger.LogInformation("Server rejected event {Reason} about {Kind} {Name} (will not retry!): {Message}", occurrence.Reason, kind.Kind, kind.Name, e.Words);
                return;
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                if (attempt == Attempts)
                {
                    _logger.LogWarning("Unable to write event {Reason} about {Kind} {Name}: {Message}", occurrence.Reason, kind.Kind, kind.Name, e.Message);
                    return;
                }
                await Task.Delay(RetryDelay, _time, cancel);
            }
        }
    }

    private async Task<bool> TryRaiseAsync(Occurrence occurrence, EventSeries series, CancellationToken cancel)
    {
        var patch = new { count = series.Count, lastTimestamp = KubernetesTime.Format(occurrence.At), message = occurrence.Message };
        try
        {
            await _events.MergePatchAsync(NamespaceOf(occurrence.About), series.Name, patch, cancel);
            return true;
        }
        catch (HttpOperationException e) when (e.IsNotFound)
        {
            series.Exists = false; // events are kept for an hour
            return false;
        }
    }

    private Corev1Event Describe(Occurrence occurrence, EventSeries series) => new()
    {
        Metadata = new() { Name = series.Name, NamespaceProperty = NamespaceOf(occurrence.About) },
        InvolvedObject = occurrence.About,
        Type = occurrence.Type,
        Reason = occurrence.Reason,
        Message = occurrence.Message,
        Action = occurrence.Action,
        Count = series.Count,
        FirstTimestamp = WholeSeconds(series.First),
        LastTimestamp = WholeSeconds(occurrence.At),
        Source = new() { Component = _component, Host = _host.Length == 0 ? null : _host },
        ReportingComponent = _component,
        ReportingInstance = _host,
    };

    /// <summary>Events about cluster-scoped objects live in <c>default</c>.</summary>
    private static string NamespaceOf(V1ObjectReference about) => string.IsNullOrEmpty(about.NamespaceProperty) ? "default" : about.NamespaceProperty;

    private static DateTime WholeSeconds(DateTimeOffset time) => time.UtcDateTime.AddTicks(-(time.UtcTicks % TimeSpan.TicksPerSecond));

    private sealed record Occurrence(V1ObjectReference About, string Type, string Reason, string Message, string? Action, DateTimeOffset At);
}
