using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Etcd;

namespace Ballast.Admin.Backups;

/// <summary>Takes a snapshot from one member.</summary>
public sealed class SnapshotSave(EtcdClient etcd, TimeProvider time)
{
    /// <summary>
    /// From the healthy member that is furthest on, and of those not from the leader, which has enough to do. The file is there whole and checked, or not at all.
    /// </summary>
    /// <returns>The file, and the member it came from.</returns>
    /// <exception cref="ClusterException">The file is there already, or no member is healthy.</exception>
    public async Task<(SnapshotFile File, MemberStatus From)> RunAsync(string path, CancellationToken cancel)
    {
        path = Path.GetFullPath(path);
        if (File.Exists(path))
            throw new ClusterException($"{path} is there already: a backup is not overwritten") { Hint = "choose another name" };
        var members = await new EtcdMembership(etcd, time).ListAsync(cancel);
        var member = members.Where(m => m is { Healthy: true, Learner: false }).OrderByDescending(m => m.Revision).ThenBy(m => m.Leader).FirstOrDefault()
            ?? throw new ClusterException("no etcd member is healthy") { Hint = "ballast etcd health" };
        return (await SnapshotFile.CreateAsync(path, (stream, token) => etcd.Maintenance.SnapshotAsync(new Uri(member.ClientUrl), stream, token), before: null, cancel), member);
    }
}
