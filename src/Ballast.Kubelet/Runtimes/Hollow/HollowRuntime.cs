using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Ballast.ComponentBase.Flags;

namespace Ballast.Kubelet.Runtimes.Hollow;

/// <summary>
/// Runs nothing: pods are up as soon as they are asked for and gone as soon as they are told to. For rehearsals and for
/// clusters of thousands of pods on one machine. What a pod should seem to do is said by its annotations.
/// </summary>
/// <remarks>State is kept in memory only; a restarted kubelet starts its hollow pods anew, with the addresses they had.</remarks>
internal sealed class HollowRuntime(IPNetwork? podCidr, string nodeIP, TimeProvider time) : IRuntime
{
    /// <summary>A container of a pod with this annotation ends by itself after so long: <c>5s</c>.</summary>
    public const string ExitAfterAnnotation = "hollow.ballast.dev/exit-after";

    /// <summary>With which code it ends; 0 where it is absent.</summary>
    public const string ExitCodeAnnotation = "hollow.ballast.dev/exit-code";

    private readonly ConcurrentDictionary<string, Pod> _pods = new();
    private readonly AddressPool? _addresses = podCidr is { } range ? new(range) : null;

    /// <summary>A pod's sandbox and containers; locked by itself.</summary>
    private sealed class Pod(PodSandbox sandbox)
    {
        public PodSandbox Sandbox = sandbox;
        public readonly Dictionary<string, Container> Containers = [];
        public readonly Dictionary<string, ITimer> Timers = [];
    }

    public string Name => "hollow";

    public string Version => "0.1.0";

    public bool RunsWorkloads => false;

    public event Action<string>? PodChanged;

    public Task<PodSandbox> RunPodSandboxAsync(PodSandboxConfig config, CancellationToken cancellation)
    {
        if (_pods.TryGetValue(config.Uid, out var existing))
        {
            lock (existing)
                existing.Sandbox = existing.Sandbox with { Ready = true };
            return Task.FromResult(existing.Sandbox);
        }
        var address = config.HostNetwork ? nodeIP
            : _addresses?.Take(config.PreferredIP).ToString() ?? throw new RuntimeException("network is not ready: the node has no range of pod addresses (--pod-cidr)");
        var sandbox = new PodSandbox(config.Uid, config, address, time.GetUtcNow(), Ready: true);
        _pods[config.Uid] = new Pod(sandbox);
        return Task.FromResult(sandbox);
    }

    public async Task StopPodSandboxAsync(string sandboxId, CancellationToken cancellation)
    {
        if (!_pods.TryGetValue(sandboxId, out var pod))
            return;
        foreach (var container in ListContainers(sandboxId))
            await StopContainerAsync(container.Id, TimeSpan.Zero, cancellation);
        lock (pod)
            pod.Sandbox = pod.Sandbox with { Ready = false };
    }

    public Task RemovePodSandboxAsync(string sandboxId, CancellationToken cancellation)
    {
        if (_pods.TryRemove(sandboxId, out var pod) && !pod.Sandbox.Config.HostNetwork)
            _addresses?.Return(pod.Sandbox.PodIP);
        return Task.CompletedTask;
    }

    public Task<string> CreateContainerAsync(string sandboxId, ContainerConfig config, CancellationToken cancellation)
    {
        if (!_pods.TryGetValue(sandboxId, out var pod))
            throw new RuntimeException($"there is no sandbox {sandboxId}");
        var id = string.Create(CultureInfo.InvariantCulture, $"{sandboxId}/{config.Name}/{config.Attempt}");
        lock (pod)
            pod.Containers[id] = new Container(id, sandboxId, sandboxId, config, ContainerState.Created, time.GetUtcNow());
        return Task.FromResult(id);
    }

    public Task StartContainerAsync(string containerId, CancellationToken cancellation)
    {
        Change(containerId, (pod, container) =>
        {
            pod.Containers[containerId] = container with { State = ContainerState.Running, StartedAt = time.GetUtcNow() };
            if (Lifetime(container) is { } lifetime)
                pod.Timers[containerId] = time.CreateTimer(_ => EndByItself(containerId), null, lifetime, Timeout.InfiniteTimeSpan);
        });
        return Task.CompletedTask;
    }

    public Task StopContainerAsync(string containerId, TimeSpan grace, CancellationToken cancellation)
    {
        Change(containerId, (pod, _) => End(pod, containerId, exitCode: 0));
        return Task.CompletedTask;
    }

    public Task RemoveContainerAsync(string containerId, CancellationToken cancellation)
    {
        Change(containerId, (pod, _) => pod.Containers.Remove(containerId));
        return Task.CompletedTask;
    }

    public IReadOnlyList<PodSandbox> ListPodSandboxes() => [.. _pods.Values.Select(p => p.Sandbox)];

    public PodSandbox? FindPodSandbox(string podUid) => _pods.TryGetValue(podUid, out var pod) ? pod.Sandbox : null;

    public IReadOnlyList<Container> ListContainers(string podUid)
    {
        if (!_pods.TryGetValue(podUid, out var pod))
            return [];
        lock (pod)
            return [.. pod.Containers.Values];
    }

    public Task<ExecResult> ExecAsync(string containerId, IReadOnlyList<string> command, TimeSpan timeout, CancellationToken cancellation) =>
        throw new RuntimeException("nothing runs in a pod of the hollow runtime: there is nothing to execute a command in");

    public async Task WriteLogAsync(string containerId, LogOptions options, Stream output, CancellationToken cancellation) =>
        await output.WriteAsync(Encoding.UTF8.GetBytes("This pod is on a hollow node: nothing runs in it, so it has no log.\n"), cancellation);

    public ValueTask DisposeAsync()
    {
        foreach (var pod in _pods.Values)
        {
            lock (pod)
            {
                foreach (var timer in pod.Timers.Values)
                    timer.Dispose();
            }
        }
        return ValueTask.CompletedTask;
    }

    private static TimeSpan? Lifetime(Container container) =>
        container.Config.Annotations.TryGetValue(ExitAfterAnnotation, out var text) && GoDuration.TryParse(text, out var lifetime) ? lifetime : null;

    private void EndByItself(string containerId)
    {
        var podUid = "";
        Change(containerId, (pod, container) =>
        {
            podUid = container.PodUid;
            End(pod, containerId, container.Config.Annotations.TryGetValue(ExitCodeAnnotation, out var text)
                && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0);
        });
        PodChanged?.Invoke(podUid);
    }

    private void End(Pod pod, string containerId, int exitCode)
    {
        if (pod.Timers.Remove(containerId, out var timer))
            timer.Dispose();
        if (pod.Containers[containerId] is { State: not ContainerState.Exited } container)
        {
            pod.Containers[containerId] = container with
            {
                State = ContainerState.Exited,
                StartedAt = container.StartedAt ?? time.GetUtcNow(),
                FinishedAt = time.GetUtcNow(),
                ExitCode = exitCode,
                Reason = exitCode == 0 ? "Completed" : "Error",
            };
        }
    }

    private void Change(string containerId, Action<Pod, Container> change)
    {
        var podUid = containerId[..containerId.IndexOf('/', StringComparison.Ordinal)];
        if (!_pods.TryGetValue(podUid, out var pod))
            return;
        lock (pod)
        {
            if (pod.Containers.TryGetValue(containerId, out var container))
                change(pod, container);
        }
    }
}
