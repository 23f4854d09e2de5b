using Ballast.ComponentBase.Commands;
using Ballast.Kubelet.Configuration;
using Ballast.Kubelet.Runtimes.Hollow;
using Ballast.Kubelet.Runtimes.Processes;

namespace Ballast.Kubelet.Runtimes;

/// <summary>Picks runtimes by their endpoints.</summary>
internal static class RuntimeEndpoint
{
    /// <exception cref="UsageException">There is no such runtime, or it lacks a setting.</exception>
    public static RuntimeSet Create(KubeletOptions options, TimeProvider time, ILoggerFactory logs)
    {
        var ordinary = Create("container-runtime-endpoint", options.RuntimeEndpoint, options, time, logs);
        return new RuntimeSet(
            options.StaticRuntimeEndpoint == options.RuntimeEndpoint ? ordinary : Create("static-pod-runtime-endpoint", options.StaticRuntimeEndpoint, options, time, logs),
            ordinary);
    }

    private static IRuntime Create(string flag, string endpoint, KubeletOptions options, TimeProvider time, ILoggerFactory logs) => endpoint switch
    {
        "process://" => new ProcessRuntime(
            Path.Combine(options.RootFolder, "process"), options.NodeName, options.NodeIP.ToString(), time, logs.CreateLogger<ProcessRuntime>()),
        "hollow://" => new HollowRuntime(options.PodCidr, options.NodeIP.ToString(), time),
        _ when endpoint.StartsWith("unix://", StringComparison.Ordinal) =>
            throw new UsageException($"--{flag}={endpoint}: CRI runtimes are not supported yet; use process:// or hollow://"),
        _ => throw new UsageException($"--{flag}={endpoint} is no runtime; use process:// or hollow://"),
    };
}
