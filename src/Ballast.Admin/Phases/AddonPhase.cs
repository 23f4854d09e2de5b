namespace Ballast.Admin.Phases;

/// <summary>kubeadm installs kube-proxy and CoreDNS here. Ballast brings neither; the phase says so, and leaves to the operator what is to be installed.</summary>
public sealed class AddonPhase : IPhase
{
    public string Name => "addon";

    public string Title => "Addons";

    public IReadOnlyList<IPhase> Parts { get; } = [new Absent("coredns", "CoreDNS"), new Absent("kube-proxy", "kube-proxy")];

    public IEnumerable<string> Writes(PhaseContext context) => [];

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel) =>
        Task.FromResult("none: neither kube-proxy nor CoreDNS is part of Ballast; install what the cluster needs with kubectl apply");

    private sealed class Absent(string name, string addon) : IPhase
    {
        public string Name => name;

        public string Title => $"Addon {addon}";

        public IEnumerable<string> Writes(PhaseContext context) => [];

        public Task<string> RunAsync(PhaseContext context, CancellationToken cancel) => Task.FromResult("not installed: it is no part of Ballast; install it with kubectl apply where the cluster needs it");
    }
}
