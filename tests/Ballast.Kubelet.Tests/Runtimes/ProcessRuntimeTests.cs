using System.Diagnostics;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Processes;
using Ballast.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Kubelet.Tests.Runtimes;

public sealed class ProcessRuntimeTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private readonly List<ProcessRuntime> _runtimes = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        // The last one has adopted what the others left.
        foreach (var sandbox in _runtimes[^1].ListPodSandboxes())
            await _runtimes[^1].StopPodSandboxAsync(sandbox.Id, CancellationToken.None);
        foreach (var runtime in _runtimes)
            await runtime.DisposeAsync();
        _folder.Dispose();
    }

    private ProcessRuntime NewRuntime()
    {
        var runtime = new ProcessRuntime(_folder["process"], "node-1", "127.0.0.1", TimeProvider.System, NullLogger<ProcessRuntime>.Instance);
        _runtimes.Add(runtime);
        return runtime;
    }

    private async Task<string> StartAsync(ProcessRuntime runtime, params string[] command)
    {
        var sandbox = await runtime.RunPodSandboxAsync(Build.Sandbox(_folder), Cancel);
        var id = await runtime.CreateContainerAsync(sandbox.Id, Build.Container("app", command), Cancel);
        await runtime.StartContainerAsync(id, Cancel);
        return id;
    }

    private static Container Find(ProcessRuntime runtime, string id) => runtime.ListContainers("uid-1").Single(c => c.Id == id);

    private string Log => File.ReadAllText(_folder["logs/uid-1/app/0.log"]);

    /// <summary>What the container wrote as its own process id.</summary>
    private async Task<int> WrittenPidAsync()
    {
        await Eventually.TrueAsync(() => File.Exists(_folder["logs/uid-1/app/0.log"]) && Log.Contains('\n'), "the pid in the log");
        return int.Parse(Log.Split('\n')[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static bool IsAlive(int pid) => HostProcess.Find(pid) is { IsAlive: true };

    [Fact]
    public async Task An_exit_is_seen_with_its_code_and_output()
    {
        var runtime = NewRuntime();
        var changed = new TaskCompletionSource<string>();
        runtime.PodChanged += uid => changed.TrySetResult(uid);
        var id = await StartAsync(runtime, "sh", "-c", "echo out; echo err >&2; exit 3");
        Assert.Equal("uid-1", await changed.Task.WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        var container = Find(runtime, id);
        Assert.Equal((ContainerState.Exited, 3, "Error"), (container.State, container.ExitCode, container.Reason));
        Assert.Equal("out\nerr\n", Log);
    }

    [Fact]
    public async Task An_exit_that_cannot_be_recorded_is_an_exit_all_the_same()
    {
        var runtime = NewRuntime();
        var id = await StartAsync(runtime, "sleep", "1000");
        // Where the record's draft would be written.
        Directory.CreateDirectory(_folder[$"process/containers/{id}.json.tmp"]);
        await runtime.StopContainerAsync(id, TimeSpan.Zero, Cancel).WaitAsync(TimeSpan.FromSeconds(20), Cancel);
        Assert.Equal(ContainerState.Exited, Find(runtime, id).State);
        await runtime.DisposeAsync();
        Assert.Equal((ContainerState.Exited, "Unknown"), (Find(NewRuntime(), id).State, Find(_runtimes[^1], id).Reason));
    }

    [Fact]
    public async Task Stop_asks_first_and_the_process_may_end_in_its_own_way()
    {
        var runtime = NewRuntime();
        var id = await StartAsync(runtime, "sh", "-c", "trap 'exit 7' TERM; echo $$; while true; do sleep 0.05; done");
        await WrittenPidAsync();
        await runtime.StopContainerAsync(id, TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal(7, Find(runtime, id).ExitCode);
    }

    [Fact]
    public async Task Stop_kills_what_does_not_listen_and_everything_it_started()
    {
        var runtime = NewRuntime();
        // The grandchild is in a session of its own and ignores the signal, too.
        var id = await StartAsync(runtime, "sh", "-c", "trap '' TERM; setsid sh -c 'trap \"\" TERM; echo $$; while true; do sleep 0.05; done' & while true; do sleep 0.05; done");
        var grandchild = await WrittenPidAsync();
        await runtime.StopContainerAsync(id, TimeSpan.FromMilliseconds(100), Cancel);
        var container = Find(runtime, id);
        Assert.Equal((137, 9), (container.ExitCode, container.Signal));
        await Eventually.TrueAsync(() => !IsAlive(grandchild), "the grandchild's end");
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_named()
    {
        var runtime = NewRuntime();
        var refusal = await Assert.ThrowsAsync<RuntimeException>(() => StartAsync(runtime, "no-such-program"));
        Assert.Equal("exec: \"no-such-program\": executable file not found in $PATH", refusal.Message);
        Assert.Equal(("StartError", 128), (runtime.ListContainers("uid-1").Single().Reason, runtime.ListContainers("uid-1").Single().ExitCode));
    }

    [Fact]
    public async Task A_path_cannot_be_shown_as_another()
    {
        var runtime = NewRuntime();
        var sandbox = await runtime.RunPodSandboxAsync(Build.Sandbox(_folder), Cancel);
        var config = Build.Container("app", "true") with { Mounts = [new("/data/here", "/data/there")] };
        var refusal = await Assert.ThrowsAsync<RuntimeException>(() => runtime.CreateContainerAsync(sandbox.Id, config, Cancel));
        Assert.Contains("/data/here as /data/there", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_process_outlives_its_kubelet_and_is_adopted_by_the_next()
    {
        var first = NewRuntime();
        var id = await StartAsync(first, "sh", "-c", "echo $$; while true; do sleep 0.05; done");
        var pid = await WrittenPidAsync();
        await first.DisposeAsync();
        Assert.True(IsAlive(pid));

        var second = NewRuntime();
        Assert.Equal(ContainerState.Running, Find(second, id).State);
        Assert.Equal("process", second.Name);
        await second.StopContainerAsync(id, TimeSpan.FromSeconds(10), Cancel);
        Assert.False(IsAlive(pid));
        Assert.Equal(ContainerState.Exited, Find(second, id).State);
    }

    [Fact]
    public async Task A_process_of_another_parent_is_seen_to_end_without_its_code()
    {
        // The kubelet died before it could note that the container runs: only the environment tells.
        var runtime = NewRuntime();
        var sandbox = await runtime.RunPodSandboxAsync(Build.Sandbox(_folder), Cancel);
        var id = await runtime.CreateContainerAsync(sandbox.Id, Build.Container("app", "sleep", "1000"), Cancel);
        await runtime.DisposeAsync();
        // The outer shell is the parent, as init would be; the inner one leads the session.
        var start = new ProcessStartInfo("sh", ["-c", "setsid sleep 1000 & echo $!; wait"]) { RedirectStandardOutput = true };
        start.Environment["BALLAST_CONTAINER_ID"] = id;
        using var parent = Process.Start(start)!;
        var orphan = int.Parse((await parent.StandardOutput.ReadLineAsync(Cancel))!, System.Globalization.CultureInfo.InvariantCulture);
        await Eventually.TrueAsync(() => HostProcess.SessionOf(orphan) == orphan, "the session");

        var second = NewRuntime();
        Assert.Equal(ContainerState.Running, Find(second, id).State);
        await second.StopContainerAsync(id, TimeSpan.FromSeconds(10), Cancel);
        var container = Find(second, id);
        Assert.Equal((255, "Unknown"), (container.ExitCode, container.Reason));
        await parent.WaitForExitAsync(Cancel);
    }

    [Fact]
    public async Task What_ended_while_no_kubelet_ran_has_ended()
    {
        var first = NewRuntime();
        var id = await StartAsync(first, "sh", "-c", "echo $$; while true; do sleep 0.05; done");
        var pid = await WrittenPidAsync();
        await first.DisposeAsync();
        Process.GetProcessById(pid).Kill();
        await Eventually.TrueAsync(() => !IsAlive(pid), "the process's end");

        var container = Find(NewRuntime(), id);
        Assert.Equal((ContainerState.Exited, 255, "Unknown"), (container.State, container.ExitCode, container.Reason));
    }

    [Fact]
    public async Task Each_container_has_a_leader_identity_of_its_own()
    {
        var runtime = NewRuntime();
        Container? reaped = null;
        runtime.Reaped += c => Volatile.Write(ref reaped, c);
        var id = await StartAsync(runtime, "sh", "-c", "echo $LEADER_ELECTION_IDENTITY");
        await Eventually.TrueAsync(() => Volatile.Read(ref reaped) is not null, "the reaping");
        Assert.Equal($"node-1_{id}", runtime.LeaderIdentity(reaped!));
        Assert.Equal($"node-1_{id}\n", Log);
    }

    [Fact]
    public async Task Exec_runs_beside_the_container_and_gives_up_in_time()
    {
        var runtime = NewRuntime();
        var id = await StartAsync(runtime, "sleep", "1000");
        var result = await runtime.ExecAsync(id, ["sh", "-c", "echo hello; exit 4"], TimeSpan.FromSeconds(10), Cancel);
        Assert.Equal((4, "hello\n"), (result.ExitCode, result.Output));
        var late = await Assert.ThrowsAsync<RuntimeException>(() => runtime.ExecAsync(id, ["sleep", "1000"], TimeSpan.FromMilliseconds(100), Cancel));
        Assert.Equal("command timed out after 0.1s", late.Message);
    }

    [Fact]
    public async Task Removing_a_pod_removes_its_records_and_logs()
    {
        var runtime = NewRuntime();
        var id = await StartAsync(runtime, "sleep", "1000");
        var sandbox = runtime.FindPodSandbox("uid-1")!;
        await Assert.ThrowsAsync<RuntimeException>(() => runtime.RemoveContainerAsync(id, Cancel));
        await runtime.StopPodSandboxAsync(sandbox.Id, Cancel);
        await runtime.RemovePodSandboxAsync(sandbox.Id, Cancel);
        Assert.Empty(runtime.ListPodSandboxes());
        Assert.Empty(Directory.EnumerateFiles(_folder["process"], "*", SearchOption.AllDirectories));
        Assert.False(Directory.Exists(_folder["logs/uid-1"]));
    }
}
