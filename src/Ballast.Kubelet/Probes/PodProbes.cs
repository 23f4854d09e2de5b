using System.Collections.Concurrent;
using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Serving;
using k8s.Models;

namespace Ballast.Kubelet.Probes;

/// <summary>
/// The probes of one pod: for every running container one loop a probe, which ends with the container. A startup probe
/// holds the other two back until it has passed.
/// </summary>
/// <param name="changed">Called, from any thread, after a verdict changed.</param>
/// <param name="unhealthy">Called with the container and the message for each probe that failed.</param>
internal sealed class PodProbes(
    IProbeRunner runner, IRuntime runtime, TimeProvider time, Action changed, Action<V1Container, string> unhealthy) : IProbeResults
{
    private readonly ConcurrentDictionary<(string ContainerId, ProbeKind Kind), ProbeVerdict> _verdicts = new();
    private readonly ConcurrentDictionary<string, CancellationTokenSource> _probed = new();

    public ProbeVerdict Verdict(string containerId, ProbeKind kind) =>
        _verdicts.TryGetValue((containerId, kind), out var verdict) ? verdict
        : _probed.ContainsKey(containerId) || !runtime.RunsWorkloads ? ProbeVerdict.Success // Without such a probe.
        : ProbeVerdict.Unknown;

    /// <summary>Begins to probe what runs and stops with what does not. Called by the pod's worker only.</summary>
    public void Follow(V1Pod pod, PodState state)
    {
        if (!runtime.RunsWorkloads || state.Sandbox is not { } sandbox)
            return;
        var running = state.Running.ToDictionary(c => c.Id);
        foreach (var gone in _probed.Keys.Where(id => !running.ContainsKey(id)).ToList())
            Forget(gone);
        foreach (var container in running.Values.Where(c => !_probed.ContainsKey(c.Id)))
        {
            if (pod.AllContainers.FirstOrDefault(c => c.Name == container.Config.Name) is { } spec)
                Begin(pod, container, spec, new ProbeTarget(runtime, container.Id, spec, sandbox.PodIP));
        }
    }

    /// <summary>For a pod that ends: nothing may be restarted any more, so nothing is asked.</summary>
    public void Stop()
    {
        foreach (var (_, stop) in _probed)
            stop.Cancel();
    }

    private void Begin(V1Pod pod, Container container, V1Container spec, ProbeTarget target)
    {
        foreach (var (kind, _) in ProbesOf(spec))
            _verdicts[(container.Id, kind)] = kind == ProbeKind.Liveness ? ProbeVerdict.Success : ProbeVerdict.Unknown;
        var stop = new CancellationTokenSource();
        _probed[container.Id] = stop;
        foreach (var (kind, probe) in ProbesOf(spec))
            _ = Task.Run(() => RunAsync(kind, probe, pod, container, target, stop.Token), CancellationToken.None);
    }

    private void Forget(string containerId)
    {
        if (_probed.TryRemove(containerId, out var stop))
        {
            stop.Cancel();
            stop.Dispose();
        }
        foreach (var kind in Enum.GetValues<ProbeKind>())
            _verdicts.TryRemove((containerId, kind), out _);
    }

    private static IEnumerable<(ProbeKind Kind, V1Probe Probe)> ProbesOf(V1Container spec)
    {
        if (spec.StartupProbe is { } startup)
            yield return (ProbeKind.Startup, startup);
        if (spec.LivenessProbe is { } liveness)
            yield return (ProbeKind.Liveness, liveness);
        if (spec.ReadinessProbe is { } readiness)
            yield return (ProbeKind.Readiness, readiness);
    }

    private async Task RunAsync(ProbeKind kind, V1Probe probe, V1Pod pod, Container container, ProbeTarget target, CancellationToken cancellation)
    {
        var period = TimeSpan.FromSeconds(Math.Max(1, probe.PeriodSeconds ?? 10));
        var counter = new ProbeCounter(kind, probe.SuccessThreshold ?? 1, probe.FailureThreshold ?? 3);
        try
        {
            var delay = TimeSpan.FromSeconds(probe.InitialDelaySeconds ?? 0) - (time.GetUtcNow() - (container.StartedAt ?? time.GetUtcNow()));
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, time, cancellation);
            while (true)
            {
                if (kind == ProbeKind.Startup || Verdict(container.Id, ProbeKind.Startup) == ProbeVerdict.Success)
                {
                    var failure = await ProbeAsync(probe, target, cancellation);
                    KubeletMetrics.Probes.WithLabels(kind.ToString(), failure is null ? "successful" : "failed", target.Container.Name, pod.Metadata.Name, pod.Metadata.NamespaceProperty).Inc();
                    if (failure is not null)
                        unhealthy(target.Container, $"{kind} probe failed: {failure}");
                    if (counter.Add(failure is null) is { } verdict && _verdicts.TryUpdate((container.Id, kind), verdict, Other(container.Id, kind, verdict)))
                        changed();
                    if (kind == ProbeKind.Startup && counter.Verdict is not null)
                        return; // Its question is answered, for good.
                }
                // While the startup probe is out, look often, so that a container is ready as soon as it can be.
                var waiting = kind != ProbeKind.Startup && Verdict(container.Id, ProbeKind.Startup) != ProbeVerdict.Success;
                await Task.Delay(waiting ? TimeSpan.FromMilliseconds(200) : period, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The container is gone, or its pod is ending.
        }
    }

    private async Task<string?> ProbeAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellation)
    {
        try
        {
            return await runner.RunAsync(probe, target, cancellation);
        }
        catch (RuntimeException e)
        {
            return e.Message;
        }
    }

    /// <summary>The verdict that stands now, when it differs; else one that matches nothing.</summary>
    private ProbeVerdict Other(string containerId, ProbeKind kind, ProbeVerdict verdict) =>
        _verdicts.TryGetValue((containerId, kind), out var now) && now != verdict ? now : (ProbeVerdict)(-1);
}

/// <summary>Turns single results into a verdict: so many in a row, as the thresholds say.</summary>
internal sealed class ProbeCounter(ProbeKind kind, int successThreshold, int failureThreshold)
{
    private bool _last;
    private int _row;

    /// <summary>The last verdict reached; null before the first.</summary>
    public ProbeVerdict? Verdict { get; private set; }

    /// <summary>The verdict after one more result; null while there is none yet or the row is too short to change it.</summary>
    public ProbeVerdict? Add(bool passed)
    {
        _row = _row > 0 && passed == _last ? _row + 1 : 1;
        _last = passed;
        if (_row < (passed ? successThreshold : failureThreshold))
            return null;
        Verdict = passed ? ProbeVerdict.Success : ProbeVerdict.Failure;
        if (!passed && kind != ProbeKind.Readiness)
            _row = 0; // The container is about to be replaced; the next one begins anew.
        return Verdict;
    }
}
