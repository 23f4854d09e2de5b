namespace Ballast.Kubelet.Runtimes;

/// <summary>
/// What runs containers, in the shape of CRI's RuntimeService. Calls for one pod come from one pod worker at a time;
/// calls for different pods come at once. Every call may be repeated: stopping what is stopped and removing what is
/// gone succeed.
/// </summary>
internal interface IRuntime : IAsyncDisposable
{
    /// <summary>The scheme of container ids and of <c>containerRuntimeVersion</c>: <c>process</c>, <c>hollow</c>.</summary>
    string Name { get; }

    string Version { get; }

    /// <summary>
    /// False where nothing real runs: probes and lifecycle hooks are then taken as passed, because there is nothing to ask.
    /// </summary>
    bool RunsWorkloads { get; }

    /// <summary>
    /// Raised with the pod's uid after something about its containers changed on its own. A hint: the receiver reads the
    /// state anew, and hints may be repeated, but never lost.
    /// </summary>
    event Action<string>? PodChanged;

    /// <exception cref="RuntimeException">The sandbox cannot be made; the message is for the pod's events.</exception>
    Task<PodSandbox> RunPodSandboxAsync(PodSandboxConfig config, CancellationToken cancellation);

    /// <summary>Ends what still runs in the sandbox, without grace.</summary>
    Task StopPodSandboxAsync(string sandboxId, CancellationToken cancellation);

    Task RemovePodSandboxAsync(string sandboxId, CancellationToken cancellation);

    /// <returns>The new container's id.</returns>
    Task<string> CreateContainerAsync(string sandboxId, ContainerConfig config, CancellationToken cancellation);

    /// <exception cref="RuntimeException">The container does not start; it is then in the exited state.</exception>
    Task StartContainerAsync(string containerId, CancellationToken cancellation);

    /// <summary>
    /// Asks the container to end, and after <paramref name="grace"/> makes it. Returns when it has ended. Cancelling
    /// leaves the first request standing; a second call may then have a shorter grace.
    /// </summary>
    Task StopContainerAsync(string containerId, TimeSpan grace, CancellationToken cancellation);

    Task RemoveContainerAsync(string containerId, CancellationToken cancellation);

    IReadOnlyList<PodSandbox> ListPodSandboxes();

    /// <summary>The pod's newest sandbox, or null.</summary>
    PodSandbox? FindPodSandbox(string podUid);

    IReadOnlyList<Container> ListContainers(string podUid);

    Task<ExecResult> ExecAsync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Writes the container's log to <paramref name="output"/>; with <see cref="LogOptions.Follow"/> until it has ended.</summary>
    Task WriteLogAsync(string containerId, LogOptions options, Stream output, CancellationToken cancellation);
}

/// <summary>A runtime's refusal, worded for the user.</summary>
internal sealed class RuntimeException(string message, Exception? inner = null) : Exception(message, inner);

/// <param name="Static">The pod comes from a manifest file: without the file nobody wants it any more.</param>
/// <param name="PreferredIP">The address the pod had before, if it had one.</param>
internal sealed record PodSandboxConfig(
    string Uid, string Namespace, string Name, string LogDirectory, TimeSpan TerminationGracePeriod, bool Static, bool HostNetwork, string? PreferredIP);

internal sealed record PodSandbox(string Id, PodSandboxConfig Config, string PodIP, DateTimeOffset CreatedAt, bool Ready);

/// <param name="Attempt">0 for the first container of that name in the pod; what <c>restartCount</c> shows.</param>
/// <param name="Hash">Of the container's spec: another hash means that the container must be replaced.</param>
/// <param name="Annotations">The pod's.</param>
internal sealed record ContainerConfig(
    string Name,
    int Attempt,
    string Image,
    IReadOnlyList<string> Command,
    IReadOnlyDictionary<string, string> Environment,
    string? WorkingDirectory,
    string Hash,
    IReadOnlyList<VolumeMount> Mounts,
    IReadOnlyDictionary<string, string> Annotations);

internal sealed record VolumeMount(string HostPath, string ContainerPath);

internal enum ContainerState
{
    Created,
    Running,
    Exited,
}

/// <param name="Signal">The signal that ended it, 0 for none.</param>
internal sealed record Container(
    string Id,
    string SandboxId,
    string PodUid,
    ContainerConfig Config,
    ContainerState State,
    DateTimeOffset CreatedAt,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? FinishedAt = null,
    int ExitCode = 0,
    int Signal = 0,
    string Reason = "",
    string Message = "");

internal sealed record ExecResult(int ExitCode, string Output);

/// <summary>What <c>pods/log</c> can ask for.</summary>
internal sealed record LogOptions(
    bool Follow = false, long? TailLines = null, DateTimeOffset? Since = null, bool Timestamps = false, long? LimitBytes = null);
