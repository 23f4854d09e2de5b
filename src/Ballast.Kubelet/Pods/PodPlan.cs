using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <param name="Grace">Where the reason brings its own grace period; else the pod's.</param>
internal sealed record ContainerKill(Container Container, string Message, TimeSpan? Grace = null);

/// <summary>What must be done now to bring a pod to what its spec says. Pure: the same pod and state give the same plan.</summary>
/// <param name="Start">The containers to start, in this order.</param>
internal sealed record PodPlan(bool CreateSandbox, IReadOnlyList<ContainerKill> Kill, IReadOnlyList<V1Container> Start)
{
    private static readonly PodPlan Nothing = new(false, [], []);

    public static PodPlan For(V1Pod pod, PodState state, IProbeResults probes)
    {
        var apps = pod.Spec.Containers;
        var initialized = apps.Any(c => state.Latest(c.Name) is not null);
        if (state.Sandbox is not { Ready: true })
            return initialized && !AnyRestarts(pod, state) ? Nothing : new(CreateSandbox: true, [], []);

        var plan = new Builder(pod, state, probes);
        if (!initialized && !plan.Initialize())
            return plan.Build();
        if (initialized)
            plan.KeepSidecars(appsAreDone: apps.All(c => plan.IsDone(c, isInit: false)));
        foreach (var app in apps)
            plan.Keep(app, isInit: false);
        return plan.Build();
    }

    /// <summary>Would <paramref name="container"/>, which ended, be started again?</summary>
    public static bool Restarts(V1Pod pod, V1Container spec, bool isInit, Container container) =>
        pod.RestartPolicyOf(spec, isInit) switch
        {
            RestartPolicy.Never => false,
            RestartPolicy.OnFailure => container.ExitCode != 0,
            _ => true,
        };

    private static bool AnyRestarts(V1Pod pod, PodState state) =>
        pod.Spec.Containers.Any(c => state.Latest(c.Name) is not { State: ContainerState.Exited } ended || Restarts(pod, c, false, ended));

    private sealed class Builder(V1Pod pod, PodState state, IProbeResults probes)
    {
        private readonly List<ContainerKill> _kill = [];
        private readonly List<V1Container> _start = [];

        public PodPlan Build() => new(false, _kill, _start);

        /// <summary>Takes the next step of initialization. True when there is none left.</summary>
        public bool Initialize()
        {
            foreach (var init in pod.Spec.InitContainers ?? [])
            {
                Keep(init, isInit: true);
                var passed = init.IsSidecar ? HasStarted(init) : state.Latest(init.Name) is { State: ContainerState.Exited, ExitCode: 0 };
                if (!passed)
                    return false;
            }
            return true;
        }

        public void KeepSidecars(bool appsAreDone)
        {
            foreach (var sidecar in (pod.Spec.InitContainers ?? []).Where(c => c.IsSidecar))
            {
                if (!appsAreDone)
                    Keep(sidecar, isInit: true);
                else if (state.Latest(sidecar.Name) is { State: ContainerState.Running } running)
                    _kill.Add(new(running, $"Stopping container {sidecar.Name}"));
            }
        }

        public void Keep(V1Container spec, bool isInit)
        {
            switch (state.Latest(spec.Name))
            {
                case null or { State: ContainerState.Created }:
                    _start.Add(spec);
                    break;
                case { State: ContainerState.Exited } ended when Restarts(pod, spec, isInit, ended):
                    _start.Add(spec);
                    break;
                case { State: ContainerState.Running } running when ReasonToKill(spec, running) is { } kill:
                    _kill.Add(kill);
                    break;
            }
        }

        public bool IsDone(V1Container spec, bool isInit) =>
            state.Latest(spec.Name) is { State: ContainerState.Exited } ended && !Restarts(pod, spec, isInit, ended);

        private bool HasStarted(V1Container spec) =>
            state.Latest(spec.Name) is { State: ContainerState.Running } running
            && probes.Verdict(running.Id, ProbeKind.Startup) == ProbeVerdict.Success;

        private ContainerKill? ReasonToKill(V1Container spec, Container running)
        {
            if (running.Config.Hash != ContainerConfigs.Hash(spec))
                return new(running, $"Container {spec.Name} definition changed, will be restarted");
            if (probes.Verdict(running.Id, ProbeKind.Liveness) == ProbeVerdict.Failure)
                return new(running, $"Container {spec.Name} failed liveness probe, will be restarted", GraceOf(spec.LivenessProbe));
            if (probes.Verdict(running.Id, ProbeKind.Startup) == ProbeVerdict.Failure)
                return new(running, $"Container {spec.Name} failed startup probe, will be restarted", GraceOf(spec.StartupProbe));
            return null;
        }

        private static TimeSpan? GraceOf(V1Probe? probe) =>
            probe?.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
    }
}
