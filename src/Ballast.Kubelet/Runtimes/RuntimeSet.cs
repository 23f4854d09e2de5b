using Ballast.Kubelet.Pods;
using k8s.Models;

namespace Ballast.Kubelet.Runtimes;

/// <summary>The runtime of the static pods and the one of all others; they may be the same.</summary>
internal sealed class RuntimeSet(IRuntime staticPods, IRuntime ordinaryPods) : IAsyncDisposable
{
    /// <summary>What the Node names as its runtime.</summary>
    public IRuntime Ordinary => ordinaryPods;

    public IEnumerable<IRuntime> All => staticPods == ordinaryPods ? [staticPods] : [staticPods, ordinaryPods];

    public IRuntime For(V1Pod pod) => pod.IsStatic ? staticPods : ordinaryPods;

    public async ValueTask DisposeAsync()
    {
        foreach (var runtime in All)
            await runtime.DisposeAsync();
    }
}
