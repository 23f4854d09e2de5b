using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
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
        AtomicFile.Folder(Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}.part";
        try
        {
            await using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret }))
            {
                await etcd.Maintenance.SnapshotAsync(new Uri(member.ClientUrl), stream, cancel);
                stream.Flush(flushToDisk: true);
            }
            // As it can be read back, not as it was sent.
            await SnapshotFile.CheckAsync(temporary, cancel);
            File.Move(temporary, path, overwrite: false);
            return (await SnapshotFile.CheckAsync(path, cancel), member);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
