using Ballast.Kubelet.Probes;
using Ballast.Kubelet.Runtimes;

namespace Ballast.Kubelet.Pods;

/// <summary>What the runtime holds for one pod at one moment.</summary>
internal sealed class PodState
{
    private readonly ILookup<string, Container> _byName;

    public PodState(PodSandbox? sandbox, IReadOnlyList<Container> containers)
    {
        Sandbox = sandbox;
        Containers = containers;
        _byName = containers.OrderByDescending(c => c.Config.Attempt).ToLookup(c => c.Config.Name);
    }

    /// <summary>The sandbox in use, if there is one.</summary>
    public PodSandbox? Sandbox { get; }

    /// <summary>Every container of the pod, earlier attempts included.</summary>
    public IReadOnlyList<Container> Containers { get; }

    /// <summary>The container that stands for this name now.</summary>
    public Container? Latest(string name) => _byName[name].FirstOrDefault();

    /// <summary>The one before it.</summary>
    public Container? Previous(string name) => _byName[name].Skip(1).FirstOrDefault();

    public IEnumerable<Container> Running => Containers.Where(c => c.State == ContainerState.Running);

    public static PodState Read(IRuntime runtime, string podUid) => new(
        runtime.FindPodSandbox(podUid),
        runtime.ListContainers(podUid));
}

/// <summary>What the probes say of a pod's running containers.</summary>
internal interface IProbeResults
{
    /// <summary>The verdict on this very container; what upstream assumes before the first one. A container without such a probe passes.</summary>
    ProbeVerdict Verdict(string containerId, ProbeKind kind);
}
