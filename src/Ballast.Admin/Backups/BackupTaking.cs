using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Etcd;

namespace Ballast.Admin.Backups;

/// <summary>Takes a backup.</summary>
/// <param name="store">Where it goes.</param>
/// <param name="etcd">The cluster's members.</param>
/// <param name="host">The control plane whose PKI is taken.</param>
/// <param name="key">The operator's.</param>
/// <param name="scratch">A folder with room for a snapshot.</param>
/// <param name="time">The clock.</param>
public sealed class BackupTaking(BackupStore store, EtcdClient etcd, HostPaths host, BackupKey key, string scratch, TimeProvider time)
{
    /// <exception cref="ClusterException">There is one of this name already, no member is healthy, or the target cannot be used.</exception>
    public async Task<Backup> RunAsync(string name, CancellationToken cancel)
    {
        if (await store.FindAsync(name, cancel) is not null)
            throw new ClusterException($"there is a backup {name} in {store.Description} already: a backup is not overwritten");
        AtomicFile.Folder(scratch);
        var file = Path.Combine(scratch, $"{name}.db");
        // What a killed process left.
        File.Delete(file);
        try
        {
            var pki = PkiArchive.Pack(host, key);
            var (snapshot, member) = await new SnapshotSave(etcd, time).RunAsync(file, cancel);
            return await store.AddAsync(name, snapshot, member.Called, time.GetUtcNow(), pki, cancel);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
