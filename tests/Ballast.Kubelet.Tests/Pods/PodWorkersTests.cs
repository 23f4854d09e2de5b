using System.Collections.Concurrent;
using System.Net;
using Ballast.Kubelet.Pods;
using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Hollow;
using Ballast.Kubelet.Runtimes.Processes;
using Ballast.Testing;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Kubelet.Tests.Pods;

public sealed class PodWorkersTests : IAsyncLifetime, IPodEvents
{
    private readonly TempFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly PodStatuses _statuses = new();
    private readonly ProbeRunner _prober = new();
    private readonly ConcurrentQueue<string> _events = new();
    private readonly Lines _log = new();
    private ProcessRuntime _processes;
    private readonly HollowRuntime _hollow = new(IPNetwork.Parse("10.244.7.0/24"), "127.0.0.1", TimeProvider.System);
    private readonly PodWorkers _workers;

    public PodWorkersTests()
    {
        _processes = NewRuntime();
        _workers = NewWorkers(_processes, _stop.Token);
    }

    private ProcessRuntime NewRuntime() =>
        new(_folder["process"], "node-1", "127.0.0.1", TimeProvider.System, NullLogger<ProcessRuntime>.Instance);

    private PodWorkers NewWorkers(ProcessRuntime processes, CancellationToken stopping) => new(
        new RuntimeSet(processes, _hollow), _prober,
        new PodEnvironment("node-1", "127.0.0.1", _folder["logs"], this, TimeProvider.System, _log), _statuses, stopping);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _workers.WhenStopped();
        foreach (var sandbox in _processes.ListPodSandboxes())
            await _processes.StopPodSandboxAsync(sandbox.Id, CancellationToken.None);
        await _processes.DisposeAsync();
        await _hollow.DisposeAsync();
        _prober.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    void IPodEvents.Record(V1Pod pod, V1Container? container, string type, string reason, string message) => _events.Enqueue($"{type} {reason} {message}");

    private V1PodStatus? Status(string uid = "uid-1") => _statuses.Find(uid)?.Status;

    private V1ContainerStatus? App(string uid = "uid-1") => Status(uid)?.ContainerStatuses?.SingleOrDefault();

    private static V1Pod Sleeper(string uid = "uid-1") => Build.Pod(uid, containers: Build.App("app", "sleep", "1000"));

    private Task BecomesReady(string uid = "uid-1") => Eventually.TrueAsync(() => App(uid)?.Ready == true, $"{uid} ready");

    private int Pid(string containerId) =>
        HostProcess.WithEnvironment("BALLAST_CONTAINER_ID", containerId[(containerId.IndexOf("//", StringComparison.Ordinal) + 2)..]).Single();

    [Fact]
    public async Task A_static_pod_runs_and_is_gone_when_nobody_wants_it()
    {
        _workers.Update(Sleeper());
        await BecomesReady();
        Assert.Equal("Running", Status()!.Phase);
        Assert.All(Status()!.Conditions, c => Assert.Equal("True", c.Status));
        Assert.StartsWith("process://", App()!.ContainerID, StringComparison.Ordinal);
        Assert.Equal(
            ["Normal Pulled Container image \"image\" already present on machine and can be accessed by the pod", "Normal Created Container created", "Normal Started Container started"],
            _events);
        _workers.Remove("uid-1");
        await Eventually.TrueAsync(() => _workers.Pods.Count == 0, "the end of the pod");
        Assert.Contains("Normal Killing Stopping container app", _events);
        Assert.Empty(_processes.ListPodSandboxes());
        Assert.Null(Status());
    }

    [Fact]
    public async Task A_killed_process_is_back_at_once_and_the_second_time_waits()
    {
        _workers.Update(Sleeper());
        await BecomesReady();
        var first = App()!;
        _ = Libc.Kill(Pid(first.ContainerID), Libc.SIGKILL);
        await Eventually.TrueAsync(() => App() is { Ready: true, RestartCount: >= 1 }, "the restart");
        Assert.Equal((137, 9, first.ContainerID), (App()!.LastState.Terminated.ExitCode, App()!.LastState.Terminated.Signal, App()!.LastState.Terminated.ContainerID));

        _ = Libc.Kill(Pid(App()!.ContainerID), Libc.SIGKILL);
        await Eventually.TrueAsync(() => App()?.State.Waiting?.Reason == "CrashLoopBackOff", "the back-off");
        Assert.Equal("back-off 1s restarting failed container=app pod=pod_default(uid-1)", App()!.State.Waiting.Message);
        Assert.Contains("Warning BackOff Back-off restarting failed container app in pod pod_default(uid-1)", _events);
        Assert.Equal("Running", Status()!.Phase);
        Assert.Equal("False", Status()!.Conditions.Single(c => c.Type == "Ready").Status);
    }

    [Fact]
    public async Task A_changed_static_pod_waits_for_its_predecessor()
    {
        _workers.Update(Build.Pod("uid-1", containers: Build.App("app", "sh", "-c", "trap 'sleep 0.3; exit 0' TERM; while true; do sleep 0.05; done")));
        await BecomesReady();
        _workers.Remove("uid-1");
        _workers.Update(Sleeper("uid-2"));
        Assert.Empty(_processes.ListContainers("uid-2"));
        await BecomesReady("uid-2");
        Assert.Empty(_processes.ListContainers("uid-1"));
    }

    [Fact]
    public async Task A_restarted_kubelet_adopts_its_pods_and_ends_those_that_nobody_wants()
    {
        using var first = new CancellationTokenSource();
        var earlier = NewWorkers(_processes, first.Token);
        earlier.Update(Sleeper("uid-1"));
        var other = Sleeper("uid-2");
        other.Metadata.Name = "other";
        earlier.Update(other);
        await BecomesReady("uid-1");
        await BecomesReady("uid-2");
        var container = App("uid-1")!.ContainerID;
        await first.CancelAsync();
        await earlier.WhenStopped();
        await _processes.DisposeAsync();

        _processes = NewRuntime();
        using var second = new CancellationTokenSource();
        var later = NewWorkers(_processes, second.Token);
        later.Update(Sleeper("uid-1"));
        later.EndOrphans(staticPods: true);
        await Eventually.TrueAsync(() => _processes.ListPodSandboxes().Count == 1, "the end of the orphan");
        await BecomesReady("uid-1");
        Assert.Equal((container, 0), (App("uid-1")!.ContainerID, App("uid-1")!.RestartCount));
        await second.CancelAsync();
        await later.WhenStopped();
    }

    [Fact]
    public async Task A_successor_under_another_kubelet_waits_for_the_orphan_of_its_name()
    {
        using var first = new CancellationTokenSource();
        var earlier = NewWorkers(_processes, first.Token);
        earlier.Update(Build.Pod("uid-1", containers: Build.App("app", "sh", "-c", "trap 'sleep 0.3; exit 0' TERM; while true; do sleep 0.05; done")));
        await BecomesReady();
        await first.CancelAsync();
        await earlier.WhenStopped();

        using var second = new CancellationTokenSource();
        var later = NewWorkers(_processes, second.Token);
        later.Update(Sleeper("uid-2"));
        Assert.Empty(_processes.ListContainers("uid-2"));
        await BecomesReady("uid-2");
        Assert.Empty(_processes.ListContainers("uid-1"));
        await second.CancelAsync();
        await later.WhenStopped();
    }

    [Fact]
    public async Task A_pod_that_runs_to_its_end_succeeds_or_fails()
    {
        _workers.Update(Build.Pod("uid-1", "Never", containers: Build.App("app", "true")));
        var failing = Build.Pod("uid-2", "Never", containers: Build.App("app", "false"));
        failing.Metadata.Name = "failing";
        _workers.Update(failing);
        await Eventually.TrueAsync(() => Status("uid-1")?.Phase == "Succeeded", "success");
        await Eventually.TrueAsync(() => Status("uid-2")?.Phase == "Failed", "failure");
        Assert.Equal((0, "Completed"), (App("uid-1")!.State.Terminated.ExitCode, App("uid-1")!.State.Terminated.Reason));
        Assert.Equal("PodCompleted", Status("uid-1")!.Conditions.Single(c => c.Type == "Ready").Reason);
        await Eventually.TrueAsync(() => _statuses.Find("uid-1")!.Terminated, "the last word");
    }

    [Fact]
    public async Task A_failing_liveness_probe_restarts_the_container()
    {
        var app = Build.App("app", "sh", "-c", $"if [ -e {_folder["second"]} ]; then touch {_folder["healthy"]}; fi; touch {_folder["second"]}; sleep 1000");
        app.LivenessProbe = new V1Probe { Exec = new V1ExecAction { Command = ["test", "-e", _folder["healthy"]] }, FailureThreshold = 1, PeriodSeconds = 1 };
        _workers.Update(Build.Pod(containers: app));
        await Eventually.TrueAsync(() => App() is { Ready: true, RestartCount: >= 1 }, "the restart");
        Assert.Contains(_events, e => e.StartsWith("Warning Unhealthy Liveness probe failed:", StringComparison.Ordinal));
        Assert.Contains("Normal Killing Container app failed liveness probe, will be restarted", _events);
    }

    [Fact]
    public async Task A_pod_is_ready_when_its_probes_say_so()
    {
        var app = Build.App("app", "sleep", "1000");
        app.StartupProbe = new V1Probe { Exec = new V1ExecAction { Command = ["test", "-e", _folder["started"]] }, PeriodSeconds = 1, FailureThreshold = 100 };
        app.ReadinessProbe = new V1Probe { Exec = new V1ExecAction { Command = ["test", "-e", _folder["ready"]] }, PeriodSeconds = 1 };
        _workers.Update(Build.Pod(containers: app));
        await Eventually.TrueAsync(() => App()?.State.Running is not null, "running");
        Assert.Equal((false, false), (App()!.Started, App()!.Ready));
        await File.WriteAllTextAsync(_folder["started"], "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => App()!.Started == true, "started");
        Assert.False(App()!.Ready);
        Assert.Equal("containers with unready status: [app]", Status()!.Conditions.Single(c => c.Type == "Ready").Message);
        await File.WriteAllTextAsync(_folder["ready"], "", TestContext.Current.CancellationToken);
        await BecomesReady();
    }

    [Fact]
    public async Task A_pre_stop_hook_comes_before_the_signal()
    {
        var app = Build.App("app", "sh", "-c", $"trap 'echo term >> {_folder["order"]}; exit 0' TERM; touch {_folder["up"]}; while true; do sleep 0.05; done");
        app.Lifecycle = new V1Lifecycle { PreStop = new V1LifecycleHandler { Exec = new V1ExecAction { Command = ["sh", "-c", $"echo hook >> {_folder["order"]}"] } } };
        _workers.Update(Build.Pod(containers: app));
        await Eventually.TrueAsync(() => File.Exists(_folder["up"]), "running");
        _workers.Remove("uid-1");
        await Eventually.TrueAsync(() => _workers.Pods.Count == 0, "the end of the pod");
        Assert.Equal(["hook", "term"], await File.ReadAllLinesAsync(_folder["order"], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_second_deletion_with_less_grace_is_obeyed_at_once()
    {
        var pod = Build.Pod(containers: Build.App("app", "sh", "-c", $"trap '' TERM; touch {_folder["up"]}; while true; do sleep 0.05; done"));
        pod.Spec.TerminationGracePeriodSeconds = 1000;
        _workers.Update(pod);
        await Eventually.TrueAsync(() => File.Exists(_folder["up"]), "running");
        _workers.Remove("uid-1");
        await Eventually.TrueAsync(() => _events.Contains("Normal Killing Stopping container app"), "the first request");
        _workers.Update(pod with { Metadata = pod.Metadata with { DeletionTimestamp = DateTime.UtcNow, DeletionGracePeriodSeconds = 0 } });
        await Eventually.TrueAsync(() => _workers.Pods.Count == 0, "the end of the pod");
        Assert.Single(_events, "Normal Killing Stopping container app");
    }

    [Fact]
    public async Task A_pod_has_only_so_long()
    {
        var pod = Build.Pod(restartPolicy: "Never", containers: Build.App("app", "sleep", "1000"));
        pod.Spec.ActiveDeadlineSeconds = 1;
        _workers.Update(pod);
        await Eventually.TrueAsync(() => Status()?.Phase == "Failed", "failure");
        Assert.Equal(("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"), (Status()!.Reason, Status()!.Message));
        Assert.DoesNotContain(_processes.ListContainers("uid-1"), c => c.State == ContainerState.Running);
    }

    [Fact]
    public async Task Hundreds_of_hollow_pods_are_soon_ready_and_soon_gone()
    {
        var pods = Enumerable.Range(0, 250).Select(i =>
        {
            var pod = Build.Pod($"uid-{i}", isStatic: false);
            pod.Metadata.Name = $"pod-{i}";
            return pod;
        }).ToList();
        pods.ForEach(_workers.Update);
        await Eventually.TrueAsync(() => _statuses.All.Count(e => e.Status.ContainerStatuses.All(c => c.Ready)) == pods.Count, "all ready");
        pods.ForEach(p => _workers.Update(p with { Metadata = p.Metadata with { DeletionTimestamp = DateTime.UtcNow, DeletionGracePeriodSeconds = 30 } }));
        await Eventually.TrueAsync(() => _statuses.All.All(e => e.Terminated), "all ended");
        pods.ForEach(p => _workers.Remove(p.Metadata.Uid));
        await Eventually.TrueAsync(() => _workers.Pods.Count == 0, "all gone");
        Assert.Empty(_hollow.ListPodSandboxes());
    }

    [Fact]
    public async Task A_pod_that_cannot_start_says_why()
    {
        _workers.Update(Build.Pod(containers: Build.App("app", "no-such-program")));
        await Eventually.TrueAsync(() => App() is { State.Waiting.Reason: "CrashLoopBackOff", LastState.Terminated.Reason: "StartError" }, "the reason");
        Assert.Equal("exec: \"no-such-program\": executable file not found in $PATH", App()!.LastState.Terminated.Message);
        Assert.Equal(["Container app of pod_default(uid-1) cannot be started, trying again: RunContainerError: exec: \"no-such-program\": executable file not found in $PATH"], _log.Warnings);
    }

    [Fact]
    public async Task Tries_that_fail_for_the_same_reason_are_one_line_in_the_log()
    {
        var app = Build.App("app", "sleep", "1000");
        app.EnvFrom = [new V1EnvFromSource()];
        var pod = Build.Pod(containers: app);
        for (var tries = 1; tries <= 3; tries++)
        {
            _workers.Update(pod);
            var seen = tries;
            await Eventually.TrueAsync(() => _events.Count(e => e.StartsWith("Warning Failed ", StringComparison.Ordinal)) >= seen, "another try");
        }
        Assert.Equal(["Container app of pod_default(uid-1) cannot be started, trying again: CreateContainerConfigError: container app: envFrom is not supported by this runtime"], _log.Warnings);
    }

    private sealed class Lines : ILoggerFactory, ILogger
    {
        private readonly ConcurrentQueue<string> _warnings = new();

        public IEnumerable<string> Warnings => _warnings;

        public ILogger CreateLogger(string categoryName) => this;

        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Warning)
                _warnings.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
