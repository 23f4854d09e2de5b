using Ballast.Admin.EtcdQuorum;

namespace Ballast.Admin.Phases;

/// <summary>Makes this host's etcd a member of the quorum.</summary>
public sealed class EtcdJoinPhase : IPhase
{
    public string Name => "etcd-join";

    public string Title => "Join the etcd quorum";

    public IEnumerable<string> Writes(PhaseContext context) => context.Cluster.ExternalEtcd is not null ? [] :
        [context.Paths.Manifest("etcd"), context.Paths.EtcdData + "/", $"etcd member https://{context.Host.Address}:2380"];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (context.Cluster.ExternalEtcd is not null)
            return "etcd is external";
        using var etcd = ClusterEtcd.Connect(await ClusterEtcd.MembersOfAsync(context.Admin, except: context.Host.Name, cancel), context.Paths, context.Time);
        return $"{await new MemberJoin(etcd, context.Host, context.Files, context.Time).RunAsync(context.Patience, cancel)} voting members";
    }
}
