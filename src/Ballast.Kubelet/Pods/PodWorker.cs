using System.Threading.Channels;
using Ballast.Client.Events;
using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>
/// Brings one pod to what its spec says and keeps it there, until it is to end; then ends it. One loop, woken by every
/// change; between changes it costs nothing.
/// </summary>
internal sealed class PodWorker
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    private readonly PodEnvironment _environment;
    private readonly IRuntime _runtime;
    private readonly PodStatuses _statuses;
    private readonly PodProbes _probes;
    private readonly ContainerStarter _starter;
    private readonly ContainerStopper _stopper;
    private readonly Backoff _backoff;
    private readonly ILogger _logger;
    private readonly Dictionary<string, WaitingReason> _waiting = [];
    private readonly Dictionary<string, WaitingReason> _told = [];
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Lock _lock = new(); // For _pod, _grace and _step.
    private V1Pod _pod;
    private TimeSpan? _grace;
    private CancellationTokenSource? _step;
    private WaitingReason? _failure;
    private TimeSpan? _again;

    public PodWorker(V1Pod pod, IRuntime runtime, IProbeRunner prober, PodEnvironment environment, PodStatuses statuses)
    {
        (_pod, _runtime, _environment, _statuses) = (pod, runtime, environment, statuses);
        var hooks = new LifecycleHooks(prober, environment.Time);
        _probes = new PodProbes(prober, runtime, environment.Time, Wake,
            (container, message) => environment.Events.Record(Pod, container, EventType.Warning, "Unhealthy", message));
        _starter = new ContainerStarter(environment, runtime, hooks);
        _stopper = new ContainerStopper(environment, runtime, hooks);
        _backoff = new Backoff(environment.Time);
        _logger = environment.Logs.CreateLogger<PodWorker>();
    }

    public V1Pod Pod
    {
        get
        {
            lock (_lock)
                return _pod;
        }
    }

    /// <summary>True once the pod is to end; it never comes back.</summary>
    public bool IsTerminating
    {
        get
        {
            lock (_lock)
                return _grace is not null;
        }
    }

    /// <summary>Something may have changed.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    public void Update(V1Pod pod)
    {
        lock (_lock)
            _pod = pod;
        Wake();
    }

    /// <summary>Ends the pod. A later call can shorten the grace, not lengthen it.</summary>
    public void Terminate(TimeSpan grace)
    {
        lock (_lock)
        {
            if (_grace <= grace)
                return;
            _grace = grace;
            _step?.Cancel(); // What goes on now was decided under a longer grace, or none.
        }
        Wake();
    }

    /// <summary>
    /// Runs until the pod was terminated and nothing of it runs any more. Cancelling leaves the pod as it is.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            _again = null;
            using (var step = BeginStep(cancellation, out var grace))
            {
                try
                {
                    if (grace is null)
                        await SyncAsync(step.Token);
                    else
                    {
                        await TerminateAsync(grace.Value, step.Token);
                        return;
                    }
                }
                catch (OperationCanceledException) when (!cancellation.IsCancellationRequested && step.IsCancellationRequested)
                {
                    continue;
                }
                catch (Exception e) when (!cancellation.IsCancellationRequested)
                {
                    _logger.LogError(e is RuntimeException ? null : e, "Error syncing pod, skipping {Pod}: {Error}", Pod.Described, e.Message);
                    _again = RetryInterval;
                }
                finally
                {
                    EndStep();
                }
            }
            await SleepAsync(cancellation);
        }
    }

    private CancellationTokenSource BeginStep(CancellationToken cancellation, out TimeSpan? grace)
    {
        lock (_lock)
        {
            grace = _grace;
            return _step = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        }
    }

    private void EndStep()
    {
        lock (_lock)
            _step = null;
    }

    private async Task SleepAsync(CancellationToken cancellation)
    {
        if (_again is not { } delay)
        {
            await _wake.Reader.ReadAsync(cancellation);
            return;
        }
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var woken = _wake.Reader.WaitToReadAsync(both.Token).AsTask();
        await Task.WhenAny(woken, Task.Delay(delay, _environment.Time, both.Token));
        await both.CancelAsync();
        cancellation.ThrowIfCancellationRequested();
        _wake.Reader.TryRead(out _);
    }

    private async Task SyncAsync(CancellationToken cancellation)
    {
        var pod = Pod;
        var state = PodState.Read(_runtime, pod.Metadata.Uid);
        _probes.Follow(pod, state);
        if (LastStatus(pod)?.Phase is PodPhase.Succeeded or PodPhase.Failed || DeadlineExceeded(pod))
        {
            await StopAllAsync(pod, state, pod.GracePeriod, cancellation);
            Publish(pod, terminated: true);
            return;
        }

        var plan = PodPlan.For(pod, state, _probes);
        if (plan.CreateSandbox)
        {
            Publish(pod, terminated: false);
            await CreateSandboxAsync(pod, cancellation);
            state = PodState.Read(_runtime, pod.Metadata.Uid);
            plan = PodPlan.For(pod, state, _probes);
        }
        foreach (var kill in plan.Kill)
            await _stopper.StopAsync(pod, kill, pod.GracePeriod, state.Sandbox, cancellation);
        foreach (var container in plan.Start)
            await StartAsync(pod, container, state, cancellation);
        if (plan.Kill.Count > 0)
            Wake(); // What was killed may have to start again.

        state = PodState.Read(_runtime, pod.Metadata.Uid);
        _probes.Follow(pod, state);
        Publish(pod, terminated: false);
    }

    private async Task CreateSandboxAsync(V1Pod pod, CancellationToken cancellation)
    {
        try
        {
            await _starter.StartSandboxAsync(pod, cancellation);
        }
        catch (RuntimeException e)
        {
            _environment.Events.Record(pod, null, EventType.Warning, "FailedCreatePodSandBox", $"Failed to create pod sandbox: {e.Message}");
            throw;
        }
    }

    private async Task StartAsync(V1Pod pod, V1Container spec, PodState state, CancellationToken cancellation)
    {
        if (state.Latest(spec.Name) is { State: ContainerState.Exited, FinishedAt: { } finished })
        {
            if (_backoff.Remaining(spec.Name, finished) is { } wait)
            {
                _again = _again < wait.Left ? _again : wait.Left;
                if (Wait(spec.Name, new("CrashLoopBackOff", $"back-off {Describe(wait.Delay)} restarting failed container={spec.Name} pod={pod.Described}")))
                    _environment.Events.Record(pod, spec, EventType.Warning, "BackOff", $"Back-off restarting failed container {spec.Name} in pod {pod.Described}");
                return;
            }
            _backoff.Next(spec.Name, finished);
        }
        if (await _starter.StartAsync(pod, spec, state, cancellation) is { } reason)
        {
            Wait(spec.Name, reason);
            TellOnce(pod, spec.Name, reason);
            _again = RetryInterval;
        }
        else
        {
            _waiting.Remove(spec.Name);
            _told.Remove(spec.Name);
        }
    }

    /// <summary>Of all tries that fail for the same reason, one is in the log: while the API is away nobody sees events and status.</summary>
    private void TellOnce(V1Pod pod, string container, WaitingReason reason)
    {
        if (_told.TryGetValue(container, out var before) && before == reason)
            return;
        _told[container] = reason;
        _logger.LogWarning("Container {Container} of {Pod} cannot be started, trying again: {Reason}: {Message}", container, pod.Described, reason.Reason, reason.Message);
    }

    /// <summary>True where the reason is new.</summary>
    private bool Wait(string container, WaitingReason reason)
    {
        var isNew = !_waiting.TryGetValue(container, out var before) || before != reason;
        _waiting[container] = reason;
        return isNew;
    }

    private async Task TerminateAsync(TimeSpan grace, CancellationToken cancellation)
    {
        var pod = Pod;
        _probes.Stop();
        var state = PodState.Read(_runtime, pod.Metadata.Uid);
        Publish(pod, terminated: false);
        await StopAllAsync(pod, state, grace, cancellation);
        Publish(pod, terminated: true);
    }

    /// <summary>The application's containers at once, then the sidecars, last one first, with what is left of the grace period.</summary>
    private async Task StopAllAsync(V1Pod pod, PodState state, TimeSpan grace, CancellationToken cancellation)
    {
        var begun = _environment.Time.GetTimestamp();
        var sidecars = (pod.Spec.InitContainers ?? []).Where(c => c.IsSidecar).Select(c => c.Name).ToList();
        var running = state.Running.ToList();
        await Task.WhenAll(running.Where(c => !sidecars.Contains(c.Config.Name)).Select(Stop));
        foreach (var sidecar in running.Where(c => sidecars.Contains(c.Config.Name)).OrderByDescending(c => sidecars.IndexOf(c.Config.Name)))
            await Stop(sidecar);
        if (state.Sandbox is { } sandbox)
            await _runtime.StopPodSandboxAsync(sandbox.Id, cancellation);

        Task Stop(Container container)
        {
            var left = grace - _environment.Time.GetElapsedTime(begun);
            return _stopper.StopAsync(pod, new(container, $"Stopping container {container.Config.Name}"), left > TimeSpan.Zero ? left : TimeSpan.Zero, state.Sandbox, cancellation);
        }
    }

    private bool DeadlineExceeded(V1Pod pod)
    {
        if (pod.Spec.ActiveDeadlineSeconds is not { } seconds)
            return false;
        var now = _environment.Time.GetUtcNow().UtcDateTime;
        var left = (LastStatus(pod)?.StartTime ?? now).AddSeconds(seconds) - now;
        if (left > TimeSpan.Zero)
        {
            _again = left;
            return false;
        }
        _failure = new("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");
        return true;
    }

    private V1PodStatus? LastStatus(V1Pod pod) => _statuses.Find(pod.Metadata.Uid)?.Status ?? pod.Status;

    private void Publish(V1Pod pod, bool terminated)
    {
        var status = PodStatusBuilder.Build(new PodStatusInput(
            pod, PodState.Read(_runtime, pod.Metadata.Uid), _probes, LastStatus(pod), _waiting, _failure, terminated,
            _runtime.Name, _environment.HostIP, _environment.Time.GetUtcNow()));
        _statuses.Set(new PodStatusEntry(pod, status, terminated));
        if (!terminated && status.Phase is PodPhase.Succeeded or PodPhase.Failed)
            Wake(); // One more turn, to end what is left of it.
    }

    private static string Describe(TimeSpan delay) =>
        delay < TimeSpan.FromMinutes(1) ? $"{delay.TotalSeconds:0}s" : $"{(int)delay.TotalMinutes}m{delay.Seconds}s";
}
