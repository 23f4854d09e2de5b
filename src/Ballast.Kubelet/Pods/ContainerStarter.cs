using Ballast.Client.Events;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Serving;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>What every pod worker of a kubelet shares.</summary>
/// <param name="LogsFolder">The root of all pods' logs: <c>/var/log/pods</c>.</param>
internal sealed record PodEnvironment(string NodeName, string HostIP, string LogsFolder, IPodEvents Events, TimeProvider Time, ILoggerFactory Logs)
{
    /// <summary>Upstream's folder of one pod's logs.</summary>
    public string LogDirectory(V1Pod pod) =>
        Path.Combine(LogsFolder, $"{pod.Metadata.NamespaceProperty}_{pod.Metadata.Name}_{pod.Metadata.Uid}");
}

/// <summary>Starts sandboxes and containers, with upstream's events; when one cannot start, says why it waits.</summary>
internal sealed class ContainerStarter(PodEnvironment environment, IRuntime runtime, LifecycleHooks hooks)
{
    public Task<PodSandbox> StartSandboxAsync(V1Pod pod, CancellationToken cancellation)
    {
        if (runtime.RunsWorkloads)
            ContainerConfigs.PrepareHostPaths(pod);
        return runtime.RunPodSandboxAsync(
            new PodSandboxConfig(
                pod.Metadata.Uid, pod.Metadata.NamespaceProperty, pod.Metadata.Name, environment.LogDirectory(pod),
                pod.GracePeriod, pod.IsStatic, pod.Spec.HostNetwork == true, pod.Status?.PodIP),
            cancellation);
    }

    /// <summary>Null where it runs now.</summary>
    public async Task<WaitingReason?> StartAsync(V1Pod pod, V1Container spec, PodState state, CancellationToken cancellation)
    {
        var sandbox = state.Sandbox!;
        var attempt = state.Latest(spec.Name) is { } before ? before.Config.Attempt + 1 : 0;
        ContainerConfig config;
        try
        {
            config = ContainerConfigs.Create(pod, spec, attempt, sandbox.PodIP, environment.HostIP);
        }
        catch (RuntimeException e)
        {
            environment.Events.Record(pod, spec, EventType.Warning, "Failed", $"Error: {e.Message}");
            return new("CreateContainerConfigError", e.Message);
        }

        environment.Events.Record(pod, spec, EventType.Normal, "Pulled", $"Container image \"{spec.Image}\" already present on machine and can be accessed by the pod");
        string id;
        try
        {
            id = await runtime.CreateContainerAsync(sandbox.Id, config, cancellation);
        }
        catch (RuntimeException e)
        {
            environment.Events.Record(pod, spec, EventType.Warning, "Failed", $"Error: {e.Message}");
            return new("CreateContainerError", e.Message);
        }
        environment.Events.Record(pod, spec, EventType.Normal, "Created", "Container created");

        try
        {
            await runtime.StartContainerAsync(id, cancellation);
        }
        catch (RuntimeException e)
        {
            KubeletMetrics.StartedContainerErrors.WithLabels(TypeOf(pod, spec), "RunContainerError").Inc();
            environment.Events.Record(pod, spec, EventType.Warning, "Failed", $"Error: {e.Message}");
            return new("RunContainerError", e.Message);
        }
        KubeletMetrics.StartedContainers.WithLabels(TypeOf(pod, spec)).Inc();
        environment.Events.Record(pod, spec, EventType.Normal, "Started", "Container started");
        await RemoveOldAsync(state, spec.Name, cancellation);
        await PostStartAsync(pod, spec, id, sandbox, cancellation);
        return null;
    }

    private static string TypeOf(V1Pod pod, V1Container spec) =>
        pod.Spec.InitContainers?.Contains(spec) == true ? "init_container" : "container";

    /// <summary>Of those that ended, one stays, for its status and its log.</summary>
    private async Task RemoveOldAsync(PodState state, string name, CancellationToken cancellation)
    {
        foreach (var old in state.Containers.Where(c => c.Config.Name == name && c.Id != state.Latest(name)?.Id))
            await runtime.RemoveContainerAsync(old.Id, cancellation);
    }

    private async Task PostStartAsync(V1Pod pod, V1Container spec, string id, PodSandbox sandbox, CancellationToken cancellation)
    {
        if (spec.Lifecycle?.PostStart is not { } hook || !runtime.RunsWorkloads)
            return;
        if (await hooks.RunAsync(hook, new(runtime, id, spec, sandbox.PodIP), cancellation) is { } failure)
        {
            environment.Events.Record(pod, spec, EventType.Warning, "FailedPostStartHook", $"PostStartHook failed: {failure}");
            await runtime.StopContainerAsync(id, pod.GracePeriod, cancellation);
        }
    }
}
