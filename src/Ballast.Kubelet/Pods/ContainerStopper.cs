using Ballast.Client.Events;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>Stops the containers of one pod: preStop hook, SIGTERM, SIGKILL, all within the grace period.</summary>
internal sealed class ContainerStopper(PodEnvironment environment, IRuntime runtime, LifecycleHooks hooks)
{
    // Upstream leaves a container this long after a hook that used up the grace period.
    private static readonly TimeSpan MinimumGrace = TimeSpan.FromSeconds(2);

    // Stopping may be begun again with a shorter grace; the event and the hook come once.
    private readonly HashSet<string> _announced = [];
    private readonly HashSet<string> _hooked = [];

    public async Task StopAsync(V1Pod pod, ContainerKill kill, TimeSpan grace, PodSandbox? sandbox, CancellationToken cancellation)
    {
        var container = kill.Container;
        var spec = pod.AllContainers.FirstOrDefault(c => c.Name == container.Config.Name);
        lock (_announced)
        {
            if (_announced.Add(container.Id))
                environment.Events.Record(pod, spec, EventType.Normal, "Killing", kill.Message);
        }
        grace = kill.Grace ?? grace;
        var begun = environment.Time.GetTimestamp();
        if (spec?.Lifecycle?.PreStop is { } hook && sandbox is not null && grace > TimeSpan.Zero && runtime.RunsWorkloads && FirstTime(container.Id))
            await PreStopAsync(pod, spec, hook, container, sandbox, grace, cancellation);
        var left = grace - environment.Time.GetElapsedTime(begun);
        await runtime.StopContainerAsync(container.Id, grace == TimeSpan.Zero || left > MinimumGrace ? left : MinimumGrace, cancellation);
    }

    private bool FirstTime(string containerId)
    {
        lock (_hooked)
            return _hooked.Add(containerId);
    }

    private async Task PreStopAsync(
        V1Pod pod, V1Container spec, V1LifecycleHandler hook, Container container, PodSandbox sandbox, TimeSpan grace, CancellationToken cancellation)
    {
        using var deadline = new CancellationTokenSource(grace, environment.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            if (await hooks.RunAsync(hook, new(runtime, container.Id, spec, sandbox.PodIP), either.Token) is { } failure)
                environment.Events.Record(pod, spec, EventType.Warning, "FailedPreStopHook", $"PreStopHook failed: {failure}");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            environment.Events.Record(pod, spec, EventType.Warning, "FailedPreStopHook", "PreStopHook failed: context deadline exceeded");
        }
    }
}
