using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Etcd;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>
/// Who belongs to the quorum. Every change is safe to repeat: what is already so is left so. Nothing here takes the quorum below what writes need.
/// </summary>
/// <param name="etcd">A client of every member.</param>
/// <param name="time">The clock of waits.</param>
public sealed class EtcdMembership(EtcdClient etcd, TimeProvider time)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Election = TimeSpan.FromSeconds(5);
    private const int AgreeingLists = 4;

    /// <summary>Every member, asked at once; one that is silent is in the list with the reason.</summary>
    public async Task<IReadOnlyList<MemberStatus>> ListAsync(CancellationToken cancel)
    {
        var members = await etcd.Members.ListAsync(cancel);
        var asked = await Task.WhenAll(members.Select(member => StatusAsync(member, cancel)));
        if (asked.All(m => m.Healthy) || etcd.Endpoints.Where(e => !members.Any(m => m.ClientUrls.Contains(e.OriginalString))).ToList() is not { Count: > 0 } others)
            return asked;
        // Some endpoints are other names of members, such as that of an external etcd: who answers there says who it is.
        var answers = await Task.WhenAll(others.Select(async endpoint => (Endpoint: endpoint, Status: await AnswerAsync(endpoint, cancel))));
        return [.. asked.Select(m => !m.Healthy && answers.FirstOrDefault(a => a.Status is { } s && Text(s.MemberId) == m.Id) is { Status: { } status, Endpoint: var endpoint }
            ? With(m with { ClientUrl = endpoint.OriginalString }, status) : m)];
    }

    /// <summary>Adds a member as a learner, which cannot hurt the quorum. Where it is a member already, that one is returned.</summary>
    /// <exception cref="EtcdException">etcd refuses, for instance because another learner has not been promoted yet.</exception>
    public async Task<EtcdMember> AddAsync(string peerUrl, CancellationToken cancel) =>
        await OnceSettledAsync(async () => (await etcd.Members.ListAsync(cancel)).FirstOrDefault(m => m.PeerUrls.Contains(peerUrl)) ?? await etcd.Members.AddAsLearnerAsync(peerUrl, cancel), cancel);

    /// <summary>Gives a learner its vote, once it has caught up; waits for that.</summary>
    /// <exception cref="ClusterException">It had not caught up in time.</exception>
    public async Task PromoteAsync(ulong id, TimeSpan patience, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while ((await etcd.Members.ListAsync(cancel)).Any(m => m.Id == id && m.IsLearner))
        {
            try
            {
                await etcd.Members.PromoteAsync(id, cancel);
            }
            catch (EtcdException notYet) when (time.GetElapsedTime(start) >= patience)
            {
                throw new ClusterException($"the learner {Text(id)} had not caught up within {patience.TotalSeconds:0} s: {notYet.Message}")
                {
                    Hint = "see whether it runs: ballast etcd member list; then promote it again",
                };
            }
            catch (EtcdException)
            {
                // It has not started, or not caught up: both end by themselves. A lost answer is found by the look above.
            }
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    /// <summary>Takes a member out for good. A leader hands over first, so that writes do not wait for an election.</summary>
    /// <param name="which">Its name, or its id in hexadecimal.</param>
    /// <param name="cancel">Gives up.</param>
    /// <param name="force">Also where the rest would be no quorum.</param>
    /// <exception cref="ClusterException">There is no such member, or the rest would be no quorum.</exception>
    public async Task<MemberStatus> RemoveAsync(string which, CancellationToken cancel, bool force = false)
    {
        var members = await AfterElectionAsync(cancel);
        var member = Find(members, which);
        if (!force && !member.Learner && SizeOf(members).RefusalToRemove(member.Called, member.Healthy) is { } refusal)
            throw new ClusterException(refusal) { Hint = "mend the other members first: ballast etcd health" };
        if (member.Leader && members.FirstOrDefault(m => m is { Healthy: true, Learner: false, Leader: false }) is { } successor)
            await etcd.Maintenance.MoveLeaderAsync(new Uri(member.ClientUrl), IdOf(successor), cancel);
        await OnceSettledAsync(async () =>
        {
            if ((await etcd.Members.ListAsync(cancel)).Any(m => m.Id == IdOf(member)))
                await etcd.Members.RemoveAsync(IdOf(member), cancel);
            return member;
        }, cancel);
        await AgreedAsync(all => all.All(m => m.Id != IdOf(member)), cancel);
        return member;
    }

    /// <summary>Also where the member that was asked who belongs to them had not heard yet of one that was just added.</summary>
    private static bool IsPassing(EtcdException e) =>
        e.Error is EtcdError.Unknown or EtcdError.Unavailable || e.Message.EndsWith("unhealthy cluster", StringComparison.Ordinal) || e.Message.Contains("already exist", StringComparison.Ordinal);

    /// <summary>As <see cref="ListAsync"/>, after an election that is under way: for its second or two nobody knows a leader.</summary>
    public async Task<IReadOnlyList<MemberStatus>> AfterElectionAsync(CancellationToken cancel)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            var members = await ListAsync(cancel);
            if (members.Any(m => m.Leader) || time.GetElapsedTime(start) > Election)
                return members;
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    /// <summary>
    /// The members, once what is asked for has been so in several lists in a row: etcd 3.4 answers from what one member knows, which may be a moment behind.
    /// </summary>
    public async Task<IReadOnlyList<EtcdMember>> AgreedAsync(Func<IReadOnlyList<EtcdMember>, bool> holds, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        for (var inARow = 0; ;)
        {
            var members = await etcd.Members.ListAsync(cancel);
            inARow = holds(members) ? inARow + 1 : 0;
            if (inARow == AgreeingLists)
                return members;
            if (time.GetElapsedTime(start) > Settling)
                throw new ClusterException("the etcd members do not agree who belongs to them") { Hint = "see what each says: ballast etcd health; then run the command again" };
            await Task.Delay(PollEvery / 2, time, cancel);
        }
    }

    /// <summary>
    /// etcd changes no membership until its members have been connected for 5 s, and holds a change for 7 s that was under way when its leader died: soon after
    /// either it has to be asked again. <paramref name="change"/> looks first, so that an answer that was lost does no harm.
    /// </summary>
    private async Task<T> OnceSettledAsync<T>(Func<Task<T>> change, CancellationToken cancel)
    {
        for (var start = time.GetTimestamp(); ;)
        {
            try
            {
                return await change();
            }
            catch (EtcdException unsettled) when (IsPassing(unsettled) && time.GetElapsedTime(start) < Settling)
            {
                await Task.Delay(PollEvery, time, cancel);
            }
        }
    }

    public static QuorumSize SizeOf(IReadOnlyList<MemberStatus> members) => new(members.Count(m => !m.Learner), members.Count(m => m is { Learner: false, Healthy: true }));

    /// <exception cref="ClusterException">There is none.</exception>
    public static MemberStatus Find(IReadOnlyList<MemberStatus> members, string which) =>
        members.FirstOrDefault(m => m.Name == which) ?? members.FirstOrDefault(m => m.Id == which) ?? members.FirstOrDefault(m => m.PeerUrl == which)
        ?? throw new ClusterException($"there is no etcd member \"{which}\": there is {string.Join(", ", members.Select(m => $"{m.Called} ({m.Id})"))}", 2);

    public static ulong IdOf(MemberStatus member) => ulong.Parse(member.Id, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    public static string Text(ulong id) => id.ToString("x", CultureInfo.InvariantCulture);

    private async Task<MemberStatus> StatusAsync(EtcdMember member, CancellationToken cancel)
    {
        var silent = new MemberStatus(Text(member.Id), member.Name, member.PeerUrls is [var peer, ..] ? peer : "", member.ClientUrls is [var client, ..] ? client : "", member.IsLearner,
            Healthy: false, Leader: false, "", 0, 0, 0, "it has never started");
        if (silent.ClientUrl.Length == 0)
            return silent;
        try
        {
            return With(silent, await etcd.Maintenance.StatusAsync(new Uri(silent.ClientUrl), cancel));
        }
        // An address that the client was not told of is that of a member which came in meanwhile.
        catch (Exception failed) when (failed is EtcdException or Grpc.Core.RpcException or ArgumentException)
        {
            return silent with { Error = failed.Message };
        }
    }

    private static MemberStatus With(MemberStatus member, EtcdStatus status) => member with
    {
        Healthy = status.Leader != 0,
        Leader = status.IsLeader,
        Version = status.Version,
        Revision = status.Revision,
        DatabaseBytes = status.DatabaseSize,
        InUseBytes = status.DatabaseSizeInUse,
        Error = status.Leader == 0 ? "it knows no leader" : string.Join("; ", status.Errors),
    };

    /// <summary>Null where nobody answers.</summary>
    private async Task<EtcdStatus?> AnswerAsync(Uri endpoint, CancellationToken cancel)
    {
        try
        {
            return await etcd.Maintenance.StatusAsync(endpoint, cancel);
        }
        catch (EtcdException)
        {
            return null;
        }
    }
}
