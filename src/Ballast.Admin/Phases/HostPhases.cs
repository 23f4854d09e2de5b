using Ballast.Admin.Clusters;
using Ballast.Client;
using Ballast.ComponentBase.Commands;
using k8s.Autorest;

namespace Ballast.Admin.Phases;

/// <summary>Which phases make a host what it is, in their order, and running them.</summary>
public static class HostPhases
{
    /// <summary>The first control plane.</summary>
    public static IReadOnlyList<IPhase> Init { get; } =
    [
        new PreflightPhase(), new CertsPhase(), new KubeconfigPhase(), new EtcdPhase(), new ControlPlanePhase(), new LoadBalancerPhase(), new KubeletStartPhase(), new WaitControlPlanePhase(),
        new UploadConfigPhase(), new UploadCertsPhase(), new MarkControlPlanePhase(), new BootstrapTokenPhase(), new KubeletFinalizePhase(), new AddonPhase(),
    ];

    /// <summary>Every further one. The kubelet comes first, because it has to bring etcd up while the quorum waits for it.</summary>
    public static IReadOnlyList<IPhase> JoinControlPlane { get; } =
    [
        new PreflightPhase(), new DownloadCertsPhase(), new CertsPhase(), new KubeconfigPhase(), new LoadBalancerPhase(), new KubeletStartPhase(), new EtcdJoinPhase(), new ControlPlanePhase(),
        new WaitControlPlanePhase(), new MarkControlPlanePhase(), new BackupControllerPhase(),
    ];

    public static IReadOnlyList<IPhase> JoinWorker { get; } = [new PreflightPhase(), new LoadBalancerPhase(), new KubeletStartPhase()];

    /// <param name="phases">The phases.</param>
    /// <param name="name">One of them, or a part of one: <c>certs/apiserver</c>; <c>certs/all</c> is the same as <c>certs</c>.</param>
    /// <exception cref="ClusterException">There is none of that name.</exception>
    public static IPhase Find(IReadOnlyList<IPhase> phases, string name)
    {
        if (name.Split('/', 2) is not [var whole, var part])
            return Named(phases, name);
        var phase = Named(phases, whole);
        return part == "all" ? phase : Named(phase.Parts, part);
    }

    /// <summary>The phases, but those that are left out, and the rest of one of which a part is.</summary>
    public static IReadOnlyList<IPhase> Without(IReadOnlyList<IPhase> phases, IEnumerable<string> skipped)
    {
        var left = skipped.Select(name => Find(phases, name)).ToHashSet();
        return [.. phases.Where(p => !left.Contains(p)).SelectMany(p => p.Parts.Any(left.Contains) ? p.Parts.Where(part => !left.Contains(part)) : [p])];
    }

    private static IPhase Named(IReadOnlyList<IPhase> phases, string name) => phases.FirstOrDefault(p => p.Name == name)
        ?? throw new ClusterException($"there is no phase \"{name}\"" + (CommandLine.Nearest(name, phases.Select(p => p.Name)) is { } nearest
            ? $", did you mean \"{nearest}\"?" : $": there are {string.Join(", ", phases.Select(p => p.Name))}"), 2);

    /// <summary>Tells what they would write, and which of it is there.</summary>
    public static void List(IEnumerable<IPhase> phases, PhaseContext context)
    {
        foreach (var phase in phases)
        {
            context.Steps.Tell($"{phase.Name}: {phase.Title}");
            foreach (var item in phase.Writes(context))
                context.Steps.Tell($"  {item}{(Path.IsPathRooted(item) && Path.Exists(item) ? "  (is there, and is kept)" : "")}");
        }
    }

    /// <summary>Runs them one after the other; each leaves what it has done when a later one fails.</summary>
    public static async Task RunAsync(IEnumerable<IPhase> phases, PhaseContext context, CancellationToken cancel)
    {
        foreach (var phase in phases)
        {
            try
            {
                await context.Steps.RunAsync(phase.Title, token => phase.RunAsync(context, token), cancel);
            }
            catch (Exception refused) when (refused is HttpOperationException or HttpRequestException)
            {
                throw new ClusterException($"phase {phase.Name}: {context.Cluster.Server} refused, or does not answer: {refused.ApiMessage}")
                {
                    Hint = "what was done is kept: run the command again when the endpoint answers",
                };
            }
        }
    }
}
