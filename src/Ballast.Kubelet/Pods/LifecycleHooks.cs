using Ballast.Kubelet.Probes;
using k8s.Models;

namespace Ballast.Kubelet.Pods;

/// <summary>Runs postStart and preStop hooks. They are probes by another name: a command, or a request that must succeed.</summary>
internal sealed class LifecycleHooks(IProbeRunner runner, TimeProvider time)
{
    /// <summary>Null where the hook succeeded, else what went wrong. Bounded by <paramref name="cancellation"/> only.</summary>
    public async Task<string?> RunAsync(V1LifecycleHandler hook, ProbeTarget target, CancellationToken cancellation)
    {
        if (hook.Sleep is { } sleep)
        {
            await Task.Delay(TimeSpan.FromSeconds(sleep.Seconds), time, cancellation);
            return null;
        }
        const int NoLimit = 24 * 60 * 60;
        var action = new V1Probe { Exec = hook.Exec, HttpGet = hook.HttpGet, TcpSocket = hook.TcpSocket, TimeoutSeconds = NoLimit };
        return await runner.RunAsync(action, target, cancellation);
    }
}
