namespace Ballast.Admin.Phases;

/// <summary>kubeadm installs kube-proxy and CoreDNS here. Ballast brings neither; the phase says so, and leaves to the operator what is to be installed.</summary>
public sealed class AddonPhase : IPhase
{
    private const string Sentence = "neither kube-proxy nor CoreDNS is part of Ballast: install what the cluster needs with kubectl apply";

    public string Name => "addon";

    public string Title => "Addons";

    public IReadOnlyList<IPhase> Parts { get; } = [new PhasePart("coredns", "CoreDNS", _ => [], c => c.Steps.Warn(Sentence)), new PhasePart("kube-proxy", "kube-proxy", _ => [], c => c.Steps.Warn(Sentence))];

    public IEnumerable<string> Writes(PhaseContext context) => [];

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel) => Task.FromResult($"none: {Sentence}");
}
