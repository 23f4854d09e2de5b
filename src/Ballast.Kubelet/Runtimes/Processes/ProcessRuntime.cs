using System.Collections.Concurrent;
using System.Diagnostics;
using Ballast.Kubelet.Runtimes.Logs;

namespace Ballast.Kubelet.Runtimes.Processes;

/// <summary>
/// Runs containers as processes of this machine, for the control plane's static pods. A process outlives the kubelet that
/// started it and is adopted by the next one; there is never a second copy, because a container is on record before its
/// process starts and the process carries the container's id in its environment.
/// </summary>
/// <remarks>Nothing isolates these processes: they use the node's network, files and user.</remarks>
internal sealed class ProcessRuntime : IRuntime
{
    private const string ContainerIdVariable = "BALLAST_CONTAINER_ID";
    private const string LeaderIdentityVariable = "LEADER_ELECTION_IDENTITY";

    private readonly ConcurrentDictionary<string, PodSandbox> _sandboxes = new();
    private readonly ConcurrentDictionary<string, Entry> _containers = new();
    private readonly ExitWatcher _exits = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Records _records;
    private readonly string _nodeName;
    private readonly string _nodeIP;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LogRotation _rotation;
    private readonly Task _rotating;

    /// <param name="folder">Where the runtime keeps its records; one runtime a folder.</param>
    public ProcessRuntime(string folder, string nodeName, string nodeIP, TimeProvider time, ILogger<ProcessRuntime> logger)
    {
        (_nodeName, _nodeIP, _time, _logger) = (nodeName, nodeIP, time, logger);
        _records = new Records(folder, logger);
        Adopt();
        _rotation = new LogRotation(time, logger);
        _rotating = _rotation.RunAsync(RunningLogs, _stopping.Token);
    }

    /// <summary>A container as it is now, and what to wait for to see it ended.</summary>
    private sealed class Entry(ContainerRecord record)
    {
        public volatile ContainerRecord Record = record;

        /// <summary>Ends after the process has, or when this runtime stops watching.</summary>
        public volatile Task Watching = Task.CompletedTask;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public string Name => "process";

    public string Version => "0.1.0";

    public bool RunsWorkloads => true;

    public event Action<string>? PodChanged;

    /// <summary>
    /// Raised after a container was seen to end: every process that could act for it is gone. Not raised for a container
    /// that ended while no kubelet watched.
    /// </summary>
    public event Action<Container>? Reaped;

    /// <summary>The holder identity that a container's leader election uses; no other process ever has it.</summary>
    public string LeaderIdentity(Container container) => LeaderIdentity(container.Id);

    private string LeaderIdentity(string containerId) => $"{_nodeName}_{containerId}";

    public Task<PodSandbox> RunPodSandboxAsync(PodSandboxConfig config, CancellationToken cancellation)
    {
        var sandbox = new PodSandbox(NewId(), config, _nodeIP, _time.GetUtcNow(), Ready: true);
        _records.Write(sandbox);
        _sandboxes[sandbox.Id] = sandbox;
        return Task.FromResult(sandbox);
    }

    public async Task StopPodSandboxAsync(string sandboxId, CancellationToken cancellation)
    {
        foreach (var entry in InSandbox(sandboxId))
            await StopContainerAsync(entry.Record.Container.Id, TimeSpan.Zero, cancellation);
        if (_sandboxes.TryGetValue(sandboxId, out var sandbox) && sandbox.Ready)
        {
            _sandboxes[sandboxId] = sandbox = sandbox with { Ready = false };
            _records.Write(sandbox);
        }
    }

    public async Task RemovePodSandboxAsync(string sandboxId, CancellationToken cancellation)
    {
        foreach (var entry in InSandbox(sandboxId))
            await RemoveContainerAsync(entry.Record.Container.Id, cancellation);
        if (!_sandboxes.TryRemove(sandboxId, out var sandbox))
            return;
        _records.RemoveSandbox(sandboxId);
        if (!_sandboxes.Values.Any(other => other.Config.Uid == sandbox.Config.Uid) && Directory.Exists(sandbox.Config.LogDirectory))
            Directory.Delete(sandbox.Config.LogDirectory, recursive: true);
    }

    public Task<string> CreateContainerAsync(string sandboxId, ContainerConfig config, CancellationToken cancellation)
    {
        if (!_sandboxes.TryGetValue(sandboxId, out var sandbox))
            throw new RuntimeException($"there is no sandbox {sandboxId}");
        if (config.Mounts.FirstOrDefault(m => Path.TrimEndingDirectorySeparator(m.HostPath) != Path.TrimEndingDirectorySeparator(m.ContainerPath)) is { } moved)
            throw new RuntimeException($"the process runtime cannot show {moved.HostPath} as {moved.ContainerPath}: a process sees the node's paths as they are");
        var container = new Container(NewId(), sandboxId, sandbox.Config.Uid, config, ContainerState.Created, _time.GetUtcNow());
        var record = new ContainerRecord(container, Process: null);
        _records.Write(record);
        _containers[container.Id] = new Entry(record);
        return Task.FromResult(container.Id);
    }

    public Task StartContainerAsync(string containerId, CancellationToken cancellation)
    {
        var entry = _containers[containerId];
        var container = entry.Record.Container;
        HostProcess process;
        try
        {
            var environment = EnvironmentOf(container);
            var (executable, arguments) = CommandLine.Resolve(container.Config.Command, environment.GetValueOrDefault("PATH"));
            process = HostProcess.Start(executable, arguments, environment, container.Config.WorkingDirectory, CreateLog(container).Path);
        }
        catch (RuntimeException e)
        {
            End(entry, new(ExitCode: 128, Signal: 0), reason: "StartError", e.Message);
            throw;
        }
        Run(entry, process);
        return Task.CompletedTask;
    }

    public async Task StopContainerAsync(string containerId, TimeSpan grace, CancellationToken cancellation)
    {
        if (!_containers.TryGetValue(containerId, out var entry) || entry.Record is not { Container.State: ContainerState.Running, Process: { } process })
            return;
        if (grace > TimeSpan.Zero)
        {
            process.SignalGroup(Libc.SIGTERM);
            if (await EndsWithinAsync(entry, grace, cancellation))
                return;
            _logger.LogInformation("Container did not end within its grace period and is killed {Container} {GracePeriod}", containerId, grace);
        }
        process.SignalGroup(Libc.SIGKILL);
        await entry.Ended.Task.WaitAsync(cancellation);
    }

    public Task RemoveContainerAsync(string containerId, CancellationToken cancellation)
    {
        if (!_containers.TryGetValue(containerId, out var entry))
            return Task.CompletedTask;
        if (entry.Record.Container.State == ContainerState.Running)
            throw new RuntimeException($"container {containerId} runs and cannot be removed");
        _containers.TryRemove(containerId, out _);
        _records.RemoveContainer(containerId);
        LogOf(entry.Record.Container)?.Delete();
        return Task.CompletedTask;
    }

    public IReadOnlyList<PodSandbox> ListPodSandboxes() => [.. _sandboxes.Values];

    public PodSandbox? FindPodSandbox(string podUid) => _sandboxes.Values.Where(s => s.Config.Uid == podUid).MaxBy(s => s.CreatedAt);

    public IReadOnlyList<Container> ListContainers(string podUid) =>
        [.. _containers.Values.Select(e => e.Record.Container).Where(c => c.PodUid == podUid)];

    public async Task<ExecResult> ExecAsync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!_containers.TryGetValue(containerId, out var entry) || entry.Record.Container.State != ContainerState.Running)
            throw new RuntimeException($"container {containerId} is not running");
        var container = entry.Record.Container;
        var environment = EnvironmentOf(container);
        var (executable, arguments) = CommandLine.Resolve(command, environment.GetValueOrDefault("PATH"));
        var start = new ProcessStartInfo(executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = container.Config.WorkingDirectory ?? "",
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new RuntimeException($"cannot start {executable}");
        process.StandardInput.Close();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(timeout);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new ExecResult(process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new RuntimeException($"command timed out after {timeout.TotalSeconds:0.###}s");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    public Task WriteLogAsync(string containerId, LogOptions options, Stream output, CancellationToken cancellation)
    {
        if (!_containers.TryGetValue(containerId, out var entry) || LogOf(entry.Record.Container) is not { } log)
            throw new RuntimeException($"container {containerId} has no log");
        return log.WriteAsync(options, entry.Ended.Task, output, _time, cancellation);
    }

    /// <summary>Stops watching. What runs goes on; nothing is written to the folder any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
            return;
        await _stopping.CancelAsync();
        await _rotating;
        await Task.WhenAll(_containers.Values.Select(e => e.Watching));
        _exits.Dispose();
        _stopping.Dispose();
    }

    private static string NewId() => Guid.NewGuid().ToString("N");

    private IEnumerable<Entry> InSandbox(string sandboxId) =>
        _containers.Values.Where(e => e.Record.Container.SandboxId == sandboxId);

    private async Task<bool> EndsWithinAsync(Entry entry, TimeSpan grace, CancellationToken cancellation)
    {
        try
        {
            await entry.Ended.Task.WaitAsync(grace, _time, cancellation);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Run(Entry entry, HostProcess process)
    {
        entry.Record = new(entry.Record.Container with { State = ContainerState.Running, StartedAt = _time.GetUtcNow() }, process);
        Save(entry.Record);
        entry.Watching = WatchAsync(entry, process);
    }

    private async Task WatchAsync(Entry entry, HostProcess process)
    {
        ProcessExit exit;
        try
        {
            exit = await _exits.WatchAsync(process).WaitAsync(_stopping.Token);
        }
        catch (OperationCanceledException)
        {
            return; // The next kubelet finds it ended.
        }
        var container = entry.Record.Container;
        KillDescendants(container.Id);
        if (exit.ExitCode is null)
            End(entry, exit, "Unknown", "the exit code is not known: the process was not this kubelet's child");
        else
            End(entry, exit, exit.ExitCode == 0 ? "Completed" : "Error", "");
        Reaped?.Invoke(entry.Record.Container);
    }

    /// <summary>A container ends with its first process, as where a process namespace closes behind it.</summary>
    private static void KillDescendants(string containerId)
    {
        foreach (var pid in HostProcess.WithEnvironment(ContainerIdVariable, containerId))
            _ = Libc.Kill(pid, Libc.SIGKILL);
    }

    private void End(Entry entry, ProcessExit exit, string reason, string message)
    {
        const int UnknownExitCode = 255; // containerd's, for the same case.
        var now = _time.GetUtcNow();
        var container = entry.Record.Container;
        entry.Record = entry.Record with
        {
            Container = container with
            {
                State = ContainerState.Exited,
                StartedAt = container.StartedAt ?? now,
                FinishedAt = now,
                ExitCode = exit.ExitCode ?? UnknownExitCode,
                Signal = exit.Signal,
                Reason = reason,
                Message = message,
            },
        };
        Save(entry.Record);
        entry.Ended.TrySetResult();
        PodChanged?.Invoke(container.PodUid);
    }

    /// <summary>
    /// Records what already is so. Where that fails (a full disk) the container is what it is all the same: the next kubelet
    /// finds its process by its environment, or finds it gone.
    /// </summary>
    private void Save(ContainerRecord record)
    {
        try
        {
            _records.Write(record);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _logger.LogError(e, "The record of a container cannot be written {Container} {State}", record.Container.Id, record.Container.State);
        }
    }

    private void Adopt()
    {
        foreach (var sandbox in _records.ReadSandboxes())
            _sandboxes[sandbox.Id] = sandbox;
        foreach (var record in _records.ReadContainers())
        {
            var entry = new Entry(record);
            _containers[record.Container.Id] = entry;
            switch (record.Container.State)
            {
                case ContainerState.Running when record.Process is { IsAlive: true } process:
                    _logger.LogInformation("Adopted container {Container} {Name} {Pid}", record.Container.Id, record.Container.Config.Name, process.Pid);
                    entry.Watching = WatchAsync(entry, process);
                    break;
                case ContainerState.Created when FindStarted(record.Container.Id) is { } process:
                    // The kubelet ended between the start and the record of it.
                    Run(entry, process);
                    break;
                case ContainerState.Running or ContainerState.Created:
                    KillDescendants(record.Container.Id);
                    End(entry, new(null, 0), "Unknown", "the exit code is not known: the process ended while no kubelet ran");
                    break;
                default:
                    entry.Ended.TrySetResult();
                    break;
            }
        }
    }

    private static HostProcess? FindStarted(string containerId) =>
        HostProcess.WithEnvironment(ContainerIdVariable, containerId)
            .Where(pid => HostProcess.SessionOf(pid) == pid)
            .Select(HostProcess.Find)
            .FirstOrDefault(p => p is { IsAlive: true });

    private Dictionary<string, string> EnvironmentOf(Container container)
    {
        var environment = new Dictionary<string, string>();
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
            environment[(string)variable.Key] = (string?)variable.Value ?? "";
        environment["HOSTNAME"] = _nodeName;
        foreach (var (name, value) in container.Config.Environment)
            environment[name] = value;
        environment[ContainerIdVariable] = container.Id;
        environment[LeaderIdentityVariable] = LeaderIdentity(container.Id);
        return environment;
    }

    private LogFile CreateLog(Container container)
    {
        var log = LogOf(container) ?? throw new RuntimeException($"the sandbox of container {container.Id} is gone");
        Directory.CreateDirectory(Path.GetDirectoryName(log.Path)!);
        return log;
    }

    /// <summary>Where upstream has it: <c>&lt;namespace&gt;_&lt;name&gt;_&lt;uid&gt;/&lt;container&gt;/&lt;attempt&gt;.log</c>.</summary>
    private LogFile? LogOf(Container container) =>
        _sandboxes.TryGetValue(container.SandboxId, out var sandbox)
            ? new LogFile(Path.Combine(sandbox.Config.LogDirectory, container.Config.Name, $"{container.Config.Attempt}.log"))
            : null;

    private IEnumerable<LogFile> RunningLogs() =>
        _containers.Values.Select(e => e.Record.Container)
            .Where(c => c.State == ContainerState.Running)
            .Select(LogOf).OfType<LogFile>();
}
