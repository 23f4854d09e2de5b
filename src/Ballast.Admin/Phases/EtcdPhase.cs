namespace Ballast.Admin.Phases;

/// <summary>The manifest of the first etcd member.</summary>
public sealed class EtcdPhase : IPhase
{
    public string Name => "etcd";

    public string Title => "Write the manifest of etcd";

    public IReadOnlyList<IPhase> Parts => [new PhasePart("local", Title, Writes, (context, cancel) => RunAsync(context, cancel))];

    public IEnumerable<string> Writes(PhaseContext context) => context.Cluster.ExternalEtcd is not null ? [] : [context.Paths.Manifest("etcd"), context.Paths.EtcdData + "/"];

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (context.Cluster.ExternalEtcd is not null)
            return Task.FromResult("etcd is external");
        context.Files.Etcd([(context.Host.Name, $"https://{context.Host.Address}:2380")]);
        return Task.FromResult("");
    }
}
