using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;
using Ballast.Admin.Phases;
using Ballast.Etcd;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>
/// Makes a host's etcd a member of the quorum: first as a learner, which cannot hurt it, then, once it has caught up, with a vote. Members come in one at a time; an interrupted join
/// goes on where it was, because the member is known by its peer URL. The host's kubelet runs by then.
/// </summary>
/// <param name="etcd">A client of the members there are.</param>
/// <param name="host">The host.</param>
/// <param name="files">Its files.</param>
/// <param name="time">The clock.</param>
public sealed class MemberJoin(EtcdClient etcd, Host host, HostFiles files, TimeProvider time)
{
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(500);

    private readonly EtcdMembership _membership = new(etcd, time);

    /// <returns>How many have a vote now.</returns>
    /// <exception cref="ClusterException">The quorum did not take it in.</exception>
    public async Task<int> RunAsync(TimeSpan patience, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            try
            {
                return await AttemptAsync(patience - time.GetElapsedTime(start), cancel);
            }
            catch (EtcdException refused) when (time.GetElapsedTime(start) >= patience)
            {
                throw new ClusterException($"etcd did not take {host.Name} in within {patience.TotalSeconds:0} s: {refused.Message}")
                {
                    Hint = "no other member may be joining, and the quorum has to be healthy; then run the command again",
                };
            }
            catch (EtcdException)
            {
                // Another member joins, or one elects: both end by themselves, and each step looks first.
            }
            await Task.Delay(PollEvery, time, cancel);
        }
    }

    private async Task<int> AttemptAsync(TimeSpan patience, CancellationToken cancel)
    {
        var member = await _membership.AddAsync(ClusterEtcd.PeerUrlOf(host), cancel);
        if (member.Name.Length == 0)
            await WriteManifestAsync(member, cancel);
        await _membership.PromoteAsync(member.Id, patience, cancel);
        return (await etcd.Members.ListAsync(cancel)).Count(m => !m.IsLearner);
    }

    /// <summary>As long as the member has not started, its manifest says who the members are now: an earlier attempt may have written others.</summary>
    private async Task WriteManifestAsync(EtcdMember own, CancellationToken cancel)
    {
        var members = await _membership.AgreedAsync(all => all.Any(m => m.Id == own.Id), cancel);
        File.Delete(host.Paths.Manifest("etcd"));
        files.Etcd([.. members.Select(m => (m.Id == own.Id ? host.Name : m.Name, m.PeerUrls[0]))], InitialClusterState.Existing);
    }
}
