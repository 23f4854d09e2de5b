using System.CommandLine;
using Ballast.Admin.Backups;
using Ballast.Admin.Backups.Proofs;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot verify</c>.</summary>
internal static class SnapshotVerifyCommand
{
    public static Command Create()
    {
        var command = new Command("verify", "Prove a snapshot by restoring it into a scratch etcd and kube-apiserver, and comparing. Exit code 3 where it fails.")
            .WithExamples("ballast etcd snapshot verify backup.db", "ballast etcd snapshot verify snapshot-20261125T060000Z --target /var/backups/etcd");
        var what = new Argument<string>("FILE|NAME") { Description = "A snapshot's file, or the name of a backup as 'list' shows it; that one's verdict is recorded." };
        command.Arguments.Add(what);
        var cluster = new ClusterOrMachine(command);
        var target = new BackupTargetSelection(command, cluster);
        command.OnRun(async (result, cancel) =>
        {
            var scratch = Scratch();
            try
            {
                var proof = new SnapshotProof(Environment.ProcessPath!, scratch, new ConsoleSteps(TimeProvider.System), TimeProvider.System, Random.Shared,
                    cluster.Machine(result) is { } machine ? ClusterEtcd.PrefixOf(machine) : ClusterEtcd.DefaultPrefix);
                return IsName(result.GetValue(what)!)
                    ? await target.WithStoreAsync(result, async store => Tell(await ProveAsync(store, result.GetValue(what)!, proof, scratch, cancel)))
                    : Tell(await proof.RunAsync(result.GetValue(what)!, cancel));
            }
            finally
            {
                Directory.Delete(scratch, recursive: true);
            }
        });
        return command;
    }

    /// <summary>A folder of this process's own. Those of others that were killed are removed: they hold all of a cluster's data.</summary>
    private static string Scratch()
    {
        const string Prefix = "ballast-verify-";
        foreach (var left in Directory.EnumerateDirectories(Path.GetTempPath(), Prefix + "*").Where(f => !Directory.Exists("/proc/" + Path.GetFileName(f)[Prefix.Length..])))
            Directory.Delete(left, recursive: true);
        var own = Path.Combine(Path.GetTempPath(), Prefix + Environment.ProcessId);
        AtomicFile.Folder(own);
        return own;
    }

    private static bool IsName(string what) => !File.Exists(what) && Backup.NameOf(Backup.ManifestOf(what)) == what;

    private static async Task<Verdict> ProveAsync(BackupStore store, string name, SnapshotProof proof, string scratch, CancellationToken cancel)
    {
        var backup = await store.FindAsync(name, cancel) ?? throw new ClusterException($"there is no backup {name} in {store.Description}") { Hint = "see which there are: ballast etcd snapshot list" };
        return await new BackupProving(store, proof, null, scratch, TimeProvider.System).RunAsync(backup.Backup, cancel);
    }

    private static int Tell(Verdict verdict)
    {
        Console.WriteLine(verdict.Proven ? $"proven: {verdict.Reason}" : $"failed: {verdict.Reason}");
        return verdict.Proven ? 0 : 3;
    }
}
