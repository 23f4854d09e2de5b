using System.Globalization;
using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Configuration;
using Ballast.Scheduler.Framework;
using Ballast.Scheduler.Queue;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.Scheduler;

/// <summary>Takes one pod after the other from the queue and finds it a node. Telling the API happens beside it, for many pods at once.</summary>
internal sealed class SchedulingLoop(
    IReadOnlyDictionary<string, SchedulingProfile> profiles, SchedulingQueue queue, SchedulerCache cache, Snapshot snapshot, Nominator nominator,
    NodeSelection selection, Store<V1Pod> pods, ResourceClient<V1Pod> api, PodStatusWriter statuses, IEventRecorder events, TimeProvider time,
    ILogger<SchedulingLoop> log) : IDisposable
{
    // Enough to keep the API busy, few enough to leave room for others' requests.
    private const int MaxInFlight = 100;
    private static readonly TimeSpan BindTimeout = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim _slots = new(MaxInFlight);

    /// <summary>Schedules until cancelled; when it ends, nothing is being bound any more.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true) await ScheduleOneAsync(await queue.PopAsync(cancellationToken), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
        for (var i = 0; i < MaxInFlight; i++) await _slots.WaitAsync(CancellationToken.None);
    }

    internal async Task ScheduleOneAsync(QueuedPod queued, CancellationToken cancellationToken)
    {
        var pod = queued.Info;
        if (!NeedsNode(pod) || !profiles.TryGetValue(pod.Pod.Spec.SchedulerName ?? SchedulerConfiguration.DefaultSchedulerName, out var profile))
        {
            queue.Done(queued);
            return;
        }
        var started = time.GetTimestamp();
        try
        {
            cache.Update(snapshot);
            var state = new CycleState();
            var (node, error) = selection.Select(profile, state, pod, snapshot);
            SchedulerMetrics.AlgorithmDuration.Observe(time.GetElapsedTime(started).TotalSeconds);
            if (node is null)
            {
                await RefuseAsync(profile, state, queued, error!, cancellationToken);
                Observe(profile, SchedulerMetrics.Unschedulable, started);
                return;
            }
            cache.Assume(pod, node);
            nominator.Withdraw(pod.Uid);
            await InBackgroundAsync(() => BindAsync(profile, queued, node, started, cancellationToken), cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            await FailAsync(profile, queued, e, cancellationToken);
            Observe(profile, SchedulerMetrics.Error, started);
        }
    }

    // What was queued may be gone, or bound by somebody else, by the time its turn comes.
    private bool NeedsNode(PodInfo pod) =>
        pods.Get(pod.Key) is { } now && now.Metadata.Uid == pod.Uid && now.Metadata.DeletionTimestamp is null
        && string.IsNullOrEmpty(now.Spec.NodeName) && !cache.IsAssumed(pod.Uid);

    private async Task RefuseAsync(SchedulingProfile profile, CycleState state, QueuedPod queued, FitError error, CancellationToken cancellationToken)
    {
        var pod = queued.Info;
        var result = await profile.RunPostFilterAsync(state, pod, snapshot, error.NodeStatuses, cancellationToken);
        error.PostFilterMessage = result.Message;
        if (result.NominatedNode is { Length: > 0 } nominated) nominator.Nominate(pod, nominated);
        else if (result.NominatedNode is "") nominator.Withdraw(pod.Uid);
        queued.UnschedulablePlugins.UnionWith(error.Plugins);
        var message = error.Message;
        queue.AddUnschedulable(queued);
        events.Event(pod.Pod, EventType.Warning, "FailedScheduling", message, "Scheduling");
        await InBackgroundAsync(() => statuses.WriteNotScheduledAsync(pod, "Unschedulable", message, result.NominatedNode, cancellationToken), cancellationToken);
    }

    private async Task FailAsync(SchedulingProfile profile, QueuedPod queued, Exception error, CancellationToken cancellationToken)
    {
        log.LogError(error, "Error scheduling pod {Pod} with profile {Profile}; retrying", queued, profile.SchedulerName);
        await InBackgroundAsync(() => RetryLaterAsync(queued, error.ApiMessage, cancellationToken), cancellationToken);
    }

    private async Task BindAsync(SchedulingProfile profile, QueuedPod queued, string node, long started, CancellationToken cancellationToken)
    {
        var pod = queued.Info;
        try
        {
            using var patience = new CancellationTokenSource(BindTimeout, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
            await profile.RunBindAsync(pod, node, both.Token);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException)
        {
            if (!await WasBoundAfterAllAsync(pod, node, e, cancellationToken))
            {
                Unassume(pod);
                if (cancellationToken.IsCancellationRequested) return;
                await BindFailedAsync(profile, queued, node, e, cancellationToken);
                Observe(profile, SchedulerMetrics.Error, started);
                return;
            }
        }
        queue.Done(queued);
        events.Event(pod.Pod, EventType.Normal, "Scheduled", $"Successfully assigned {pod} to {node}", "Binding");
        Observe(profile, SchedulerMetrics.Scheduled, started);
        SchedulerMetrics.PodSchedulingAttempts.Observe(queued.Attempts);
        SchedulerMetrics.PodSchedulingSli.WithLabels(queued.Attempts > 15 ? "16+" : queued.Attempts.ToString(CultureInfo.InvariantCulture))
            .Observe(Math.Max(0, (time.GetUtcNow() - queued.FirstAttempt!.Value).TotalSeconds));
    }

    /// <summary>A request whose answer was lost may have been carried out; only the API knows.</summary>
    private async Task<bool> WasBoundAfterAllAsync(PodInfo pod, string node, Exception error, CancellationToken cancellationToken)
    {
        if (error is HttpOperationException { Response.StatusCode: < System.Net.HttpStatusCode.InternalServerError and not System.Net.HttpStatusCode.Conflict }) return false;
        try
        {
            return await api.FindAsync(pod.Namespace, pod.Key.Name, cancellationToken) is { } now && now.Metadata.Uid == pod.Uid && now.Spec.NodeName == node;
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException or IOException or OperationCanceledException)
        {
            log.LogWarning("Could not find out whether pod {Pod} was bound: {Message}", pod, e.ApiMessage);
            return false;
        }
    }

    private async Task BindFailedAsync(SchedulingProfile profile, QueuedPod queued, string node, Exception error, CancellationToken cancellationToken)
    {
        if (error is HttpOperationException { IsNotFound: true } || !NeedsNode(queued.Info))
        {
            log.LogInformation("Pod {Pod} was deleted or bound meanwhile", queued);
            queue.Done(queued);
            return;
        }
        log.LogWarning("Error binding pod {Pod} to {Node} with profile {Profile}: {Message}", queued, node, profile.SchedulerName, error.ApiMessage);
        await RetryLaterAsync(queued, error.ApiMessage, cancellationToken);
    }

    private Task RetryLaterAsync(QueuedPod queued, string message, CancellationToken cancellationToken)
    {
        queued.UnschedulablePlugins.Clear();
        queue.AddUnschedulable(queued);
        events.Event(queued.Info.Pod, EventType.Warning, "FailedScheduling", message, "Scheduling");
        return statuses.WriteNotScheduledAsync(queued.Info, "SchedulerError", message, null, cancellationToken);
    }

    // What it held is free again, which may help others.
    private void Unassume(PodInfo pod)
    {
        cache.Forget(pod);
        queue.Move(new(ClusterEvents.AssignedPodDeleted, OldPod: pod));
    }

    private async Task InBackgroundAsync(Func<Task> work, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        _ = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                log.LogError(e, "Work beside the scheduling loop failed");
            }
            catch (OperationCanceledException)
            {
                // Stopping.
            }
            finally
            {
                _slots.Release();
            }
        }, CancellationToken.None);
    }

    private void Observe(SchedulingProfile profile, string result, long started)
    {
        SchedulerMetrics.ScheduleAttempts.WithLabels(profile.SchedulerName, result).Inc();
        SchedulerMetrics.AttemptDuration.WithLabels(profile.SchedulerName, result).Observe(time.GetElapsedTime(started).TotalSeconds);
    }

    public void Dispose() => _slots.Dispose();
}
