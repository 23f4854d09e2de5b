using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <param name="Reason">As <c>state.waiting.reason</c> shows it: CrashLoopBackOff, CreateContainerConfigError.</param>
internal sealed record WaitingReason(string Reason, string Message);

/// <summary>Everything a pod's status is made from.</summary>
/// <param name="Previous">The last status, for the times of what did not change.</param>
/// <param name="Waiting">By container name: why a container that should run does not.</param>
/// <param name="Failure">Why the pod as a whole has failed, where it was not its containers.</param>
internal sealed record PodStatusInput(
    V1Pod Pod,
    PodState State,
    IProbeResults Probes,
    V1PodStatus? Previous,
    IReadOnlyDictionary<string, WaitingReason> Waiting,
    WaitingReason? Failure,
    bool Terminated,
    string RuntimeName,
    string HostIP,
    DateTimeOffset Now);

/// <summary>Makes a pod's status as upstream does: container statuses, phase, conditions.</summary>
internal static class PodStatusBuilder
{
    public static V1PodStatus Build(PodStatusInput input)
    {
        var pod = input.Pod;
        var inits = (pod.Spec.InitContainers ?? []).Select(c => ContainerStatus(input, c, isInit: true)).ToList();
        var apps = pod.Spec.Containers.Select(c => ContainerStatus(input, c, isInit: false)).OrderBy(c => c.Name, StringComparer.Ordinal).ToList();
        var phase = Phase(input, inits, apps);
        var podIP = input.State.Sandbox?.PodIP;
        var status = new V1PodStatus
        {
            Phase = phase,
            ObservedGeneration = pod.Metadata.Generation,
            HostIP = input.HostIP,
            HostIPs = [new V1HostIP { Ip = input.HostIP }],
            PodIP = podIP,
            PodIPs = podIP is null ? null : [new V1PodIP { Ip = podIP }],
            StartTime = input.Previous?.StartTime ?? WholeSeconds(input.Now),
            QosClass = pod.Status?.QosClass ?? QualityOfService.ClassOf(pod),
            InitContainerStatuses = inits.Count > 0 ? inits : null,
            ContainerStatuses = apps,
            Reason = input.Failure?.Reason,
            Message = input.Failure?.Message,
        };
        status.Conditions = PodConditions.Build(input, status);
        return status;
    }

    private static string Phase(PodStatusInput input, List<V1ContainerStatus> inits, List<V1ContainerStatus> apps)
    {
        if (input.Previous?.Phase is PodPhase.Succeeded or PodPhase.Failed)
            return input.Previous.Phase; // Never taken back.
        if (input.Failure is not null)
            return PodPhase.Failed;

        var pod = input.Pod;
        var policy = pod.RestartPolicy;
        var regular = inits.Where((_, i) => !pod.Spec.InitContainers[i].IsSidecar).ToList();
        if (regular.Any(c => c.State.Terminated is { ExitCode: not 0 }) && policy == RestartPolicy.Never)
            return PodPhase.Failed;
        if (apps.All(c => c.State.Waiting is not null && c.LastState?.Terminated is null))
            return input.Terminated ? PodPhase.Failed : PodPhase.Pending;
        if (!input.Terminated && apps.Any(c => c.State.Terminated is null))
            return apps.Any(c => c.State.Running is not null || c.LastState?.Terminated is not null || c.State.Terminated is not null)
                && !apps.Any(c => c.State.Waiting is not null && c.LastState?.Terminated is null)
                ? PodPhase.Running : PodPhase.Pending;

        // Every container has ended.
        var failed = apps.Any(c => c.State.Terminated is not { ExitCode: 0 });
        if (input.Terminated)
            return failed ? PodPhase.Failed : PodPhase.Succeeded;
        return policy switch
        {
            RestartPolicy.Always => PodPhase.Running,
            RestartPolicy.OnFailure => failed ? PodPhase.Running : PodPhase.Succeeded,
            _ => failed ? PodPhase.Failed : PodPhase.Succeeded,
        };
    }

    private static V1ContainerStatus ContainerStatus(PodStatusInput input, V1Container spec, bool isInit)
    {
        var latest = input.State.Latest(spec.Name);
        var previous = input.State.Previous(spec.Name);
        var waiting = input.Waiting.GetValueOrDefault(spec.Name);
        var status = new V1ContainerStatus
        {
            Name = spec.Name,
            Image = spec.Image ?? "",
            ImageID = latest is null ? "" : spec.Image ?? "",
            ContainerID = latest is null ? null : $"{input.RuntimeName}://{latest.Id}",
            RestartCount = latest?.Config.Attempt ?? 0,
            LastState = new V1ContainerState(),
            Started = false,
            Ready = false,
        };
        switch (latest)
        {
            case { State: ContainerState.Running }:
                status.State = new V1ContainerState { Running = new V1ContainerStateRunning { StartedAt = WholeSeconds(latest.StartedAt) } };
                status.LastState = previous is null ? new() : Ended(input, previous);
                status.Started = input.Probes.Verdict(latest.Id, ProbeKind.Startup) == ProbeVerdict.Success;
                status.Ready = status.Started == true && input.Probes.Verdict(latest.Id, ProbeKind.Readiness) == ProbeVerdict.Success && (!isInit || spec.IsSidecar);
                break;
            case { State: ContainerState.Exited } when waiting is null || input.Terminated:
                status.State = Ended(input, latest);
                status.LastState = previous is null ? new() : Ended(input, previous);
                status.Ready = isInit && latest.ExitCode == 0 && !spec.IsSidecar;
                break;
            case { State: ContainerState.Exited }:
                status.State = Waiting(waiting);
                status.LastState = Ended(input, latest);
                break;
            default:
                var hasInits = !isInit && input.Pod.Spec.InitContainers is { Count: > 0 };
                status.State = Waiting(waiting ?? new(hasInits || isInit && latest is null && input.State.Sandbox is not null ? "PodInitializing" : "ContainerCreating", ""));
                break;
        }
        return status;
    }

    private static V1ContainerState Waiting(WaitingReason reason) =>
        new() { Waiting = new V1ContainerStateWaiting { Reason = reason.Reason, Message = reason.Message.Length > 0 ? reason.Message : null } };

    private static V1ContainerState Ended(PodStatusInput input, Container container) => new()
    {
        Terminated = new V1ContainerStateTerminated
        {
            ExitCode = container.ExitCode,
            Signal = container.Signal == 0 ? null : container.Signal,
            Reason = container.Reason,
            Message = container.Message.Length > 0 ? container.Message : null,
            StartedAt = WholeSeconds(container.StartedAt),
            FinishedAt = WholeSeconds(container.FinishedAt),
            ContainerID = $"{input.RuntimeName}://{container.Id}",
        },
    };

    /// <summary>The API's times have no fractions.</summary>
    internal static DateTime WholeSeconds(DateTimeOffset time) => time.UtcDateTime.AddTicks(-(time.UtcTicks % TimeSpan.TicksPerSecond));

    private static DateTime? WholeSeconds(DateTimeOffset? time) => time is { } known ? WholeSeconds(known) : null;
}
