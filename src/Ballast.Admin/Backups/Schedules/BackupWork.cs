using Ballast.Admin.Backups.Proofs;
using Ballast.Admin.Hosts;
using Ballast.Etcd;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The work with a real etcd and scratch servers. The key is read for each step, so that another can take its place.</summary>
internal sealed class BackupWork(BackupStore store, EtcdClient etcd, HostPaths host, string keyFile, SnapshotProof proof, TimeProvider time) : IBackupWork
{
    public Task<Backup> TakeAsync(string name, CancellationToken cancel) =>
        new BackupTaking(store, etcd, host, BackupKey.Read(keyFile), host.BackupScratch, time).RunAsync(name, cancel);

    // A backup from before the key was changed opens with the old one: whether it opens is for who holds that to see.
    public Task<Verdict> ProveAsync(Backup backup, CancellationToken cancel) =>
        new BackupProving(store, proof, null, host.BackupScratch, time).RunAsync(backup, cancel);
}
