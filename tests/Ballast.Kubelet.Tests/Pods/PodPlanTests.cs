using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using k8s.Models;

namespace Ballast.Kubelet.Tests.Pods;

public sealed class PodPlanTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly PodSandbox Sandbox = new(
        "s", new("uid-1", "default", "pod", "/logs", TimeSpan.FromSeconds(5), Static: true, HostNetwork: true, null), "127.0.0.1", Now, Ready: true);

    private readonly Verdicts _verdicts = new();

    private sealed class Verdicts : IProbeResults
    {
        public Dictionary<(string, ProbeKind), ProbeVerdict> Set { get; } = [];

        public ProbeVerdict Verdict(string containerId, ProbeKind kind) => Set.GetValueOrDefault((containerId, kind), ProbeVerdict.Success);
    }

    private static Container Container(V1Container spec, ContainerState state, int exitCode = 0) =>
        new(spec.Name, "s", "uid-1", Build.Container(spec.Name) with { Hash = ContainerConfigs.Hash(spec) }, state, Now, Now, Now, exitCode);

    private PodPlan Plan(V1Pod pod, params Container[] containers) => PodPlan.For(pod, new PodState(Sandbox, containers), _verdicts);

    private static IEnumerable<string> Names(IEnumerable<V1Container> containers) => containers.Select(c => c.Name);

    [Fact]
    public void Without_a_sandbox_that_comes_first()
    {
        var plan = PodPlan.For(Build.Pod(), new PodState(null, []), _verdicts);
        Assert.True(plan.CreateSandbox);
        Assert.Empty(plan.Start);
    }

    [Fact]
    public void Application_containers_start_together() =>
        Assert.Equal(["a", "b"], Names(Plan(Build.Pod(containers: [Build.App("a"), Build.App("b")])).Start));

    [Theory]
    [InlineData("Always", 0, true)]
    [InlineData("Always", 1, true)]
    [InlineData("OnFailure", 0, false)]
    [InlineData("OnFailure", 1, true)]
    [InlineData("Never", 0, false)]
    [InlineData("Never", 1, false)]
    public void The_restart_policy_decides(string policy, int exitCode, bool restarts)
    {
        var app = Build.App("app");
        var plan = Plan(Build.Pod(restartPolicy: policy, containers: app), Container(app, ContainerState.Exited, exitCode));
        Assert.Equal(restarts ? ["app"] : [], Names(plan.Start));
    }

    [Fact]
    public void Init_containers_run_one_after_the_other()
    {
        var pod = Build.Pod();
        V1Container first = Build.App("first"), second = Build.App("second");
        pod.Spec.InitContainers = [first, second];
        Assert.Equal(["first"], Names(Plan(pod).Start));
        Assert.Empty(Plan(pod, Container(first, ContainerState.Running)).Start);
        Assert.Equal(["first"], Names(Plan(pod, Container(first, ContainerState.Exited, 1)).Start));
        Assert.Equal(["second"], Names(Plan(pod, Container(first, ContainerState.Exited)).Start));
        Assert.Equal(["app"], Names(Plan(pod, Container(first, ContainerState.Exited), Container(second, ContainerState.Exited)).Start));
    }

    [Fact]
    public void A_failed_init_container_of_a_pod_that_never_restarts_is_the_end()
    {
        var pod = Build.Pod(restartPolicy: "Never");
        var init = Build.App("init");
        pod.Spec.InitContainers = [init];
        Assert.Empty(Plan(pod, Container(init, ContainerState.Exited, 1)).Start);
    }

    [Fact]
    public void A_sidecar_must_have_started_before_the_next_and_is_kept()
    {
        var pod = Build.Pod();
        var sidecar = Build.App("sidecar");
        sidecar.RestartPolicy = "Always";
        pod.Spec.InitContainers = [sidecar];
        var app = pod.Spec.Containers[0];
        _verdicts.Set[("sidecar", ProbeKind.Startup)] = ProbeVerdict.Unknown;
        Assert.Empty(Plan(pod, Container(sidecar, ContainerState.Running)).Start);
        _verdicts.Set.Clear();
        Assert.Equal(["app"], Names(Plan(pod, Container(sidecar, ContainerState.Running)).Start));
        Assert.Equal(["sidecar"], Names(Plan(pod, Container(sidecar, ContainerState.Exited), Container(app, ContainerState.Running)).Start));
    }

    [Fact]
    public void Sidecars_end_with_the_last_application_container()
    {
        var pod = Build.Pod(restartPolicy: "Never");
        var sidecar = Build.App("sidecar");
        sidecar.RestartPolicy = "Always";
        pod.Spec.InitContainers = [sidecar];
        var plan = Plan(pod, Container(sidecar, ContainerState.Running), Container(pod.Spec.Containers[0], ContainerState.Exited));
        Assert.Equal(["sidecar"], plan.Kill.Select(k => k.Container.Config.Name));
        Assert.Empty(plan.Start);
    }

    [Fact]
    public void A_container_that_fails_its_liveness_probe_is_killed_with_the_probes_grace()
    {
        var app = Build.App("app");
        app.LivenessProbe = new V1Probe { TerminationGracePeriodSeconds = 3 };
        _verdicts.Set[("app", ProbeKind.Liveness)] = ProbeVerdict.Failure;
        var kill = Assert.Single(Plan(Build.Pod(containers: app), Container(app, ContainerState.Running)).Kill);
        Assert.Equal(("Container app failed liveness probe, will be restarted", TimeSpan.FromSeconds(3)), (kill.Message, kill.Grace));
    }

    [Fact]
    public void A_container_whose_spec_changed_is_replaced()
    {
        var before = Container(Build.App("app"), ContainerState.Running);
        var pod = Build.Pod(containers: new V1Container { Name = "app", Image = "image:2" });
        Assert.Equal("Container app definition changed, will be restarted", Assert.Single(Plan(pod, before).Kill).Message);
    }
}
