using Etcdserverpb;

namespace Ballast.Etcd;

/// <param name="Id">etcd prints it in hexadecimal.</param>
/// <param name="Name">Empty until the member has started for the first time.</param>
/// <param name="PeerUrls">Where the other members reach it.</param>
/// <param name="ClientUrls">Where clients reach it; empty until it has started.</param>
/// <param name="IsLearner">Whether it only follows, without a vote.</param>
public sealed record EtcdMember(ulong Id, string Name, IReadOnlyList<string> PeerUrls, IReadOnlyList<string> ClientUrls, bool IsLearner);

/// <summary>Who belongs to the quorum. Changes need a quorum and throw <see cref="EtcdException"/> with etcd's reason when refused.</summary>
public interface IMembers
{
    Task<IReadOnlyList<EtcdMember>> ListAsync(CancellationToken cancel);

    /// <summary>Adds a member with a vote, at once.</summary>
    Task<EtcdMember> AddAsync(string peerUrl, CancellationToken cancel);

    /// <summary>Adds a member without a vote: it cannot hurt the quorum while it catches up.</summary>
    Task<EtcdMember> AddAsLearnerAsync(string peerUrl, CancellationToken cancel);

    /// <summary>Gives a learner its vote; refused until it has caught up.</summary>
    Task PromoteAsync(ulong id, CancellationToken cancel);

    Task RemoveAsync(ulong id, CancellationToken cancel);
}

internal sealed class MemberCalls(Calls calls) : IMembers
{
    public async Task<IReadOnlyList<EtcdMember>> ListAsync(CancellationToken cancel)
    {
        var response = await calls.ReadAsync((invoker, o) => new Cluster.ClusterClient(invoker).MemberListAsync(new MemberListRequest(), o), cancel, requireLeader: false).ConfigureAwait(false);
        return [.. response.Members.Select(From)];
    }

    public Task<EtcdMember> AddAsync(string peerUrl, CancellationToken cancel) => AddAsync(peerUrl, learner: false, cancel);

    public Task<EtcdMember> AddAsLearnerAsync(string peerUrl, CancellationToken cancel) => AddAsync(peerUrl, learner: true, cancel);

    public Task PromoteAsync(ulong id, CancellationToken cancel) =>
        calls.WriteAsync((invoker, o) => new Cluster.ClusterClient(invoker).MemberPromoteAsync(new MemberPromoteRequest { ID = id }, o), cancel);

    public Task RemoveAsync(ulong id, CancellationToken cancel) =>
        calls.WriteAsync((invoker, o) => new Cluster.ClusterClient(invoker).MemberRemoveAsync(new MemberRemoveRequest { ID = id }, o), cancel);

    private async Task<EtcdMember> AddAsync(string peerUrl, bool learner, CancellationToken cancel)
    {
        var request = new MemberAddRequest { PeerURLs = { peerUrl }, IsLearner = learner };
        var response = await calls.WriteAsync((invoker, o) => new Cluster.ClusterClient(invoker).MemberAddAsync(request, o), cancel).ConfigureAwait(false);
        return From(response.Member);
    }

    private static EtcdMember From(Member member) => new(member.ID, member.Name, [.. member.PeerURLs], [.. member.ClientURLs], member.IsLearner);
}
