using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Rollouts;

namespace Ballast.Admin.Phases;

/// <summary>Makes this host's etcd a member of the quorum, while nobody changes another host; hosts that join at once wait for each other.</summary>
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
        return await ChangeLock.HoldAsync(context.Paths.Kubeconfig("admin.conf"), "ballast join", context.Steps, context.Time, async token =>
        {
            using var etcd = ClusterEtcd.Connect(await ClusterEtcd.MembersOfAsync(context.Admin, except: context.Host.Name, token), context.Paths, context.Time);
            return $"{await new MemberJoin(etcd, context.Host, context.Files, context.Time).RunAsync(context.Patience, token)} voting members";
        }, cancel, context.Patience);
    }
}
