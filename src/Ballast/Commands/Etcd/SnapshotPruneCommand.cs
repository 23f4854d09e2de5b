using System.CommandLine;
using Ballast.Admin.Clusters;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot prune</c>.</summary>
internal static class SnapshotPruneCommand
{
    public static Command Create()
    {
        var command = new Command("prune", "Remove all but the newest backups. The last that is proven always stays.").WithExamples("ballast etcd snapshot prune --keep 28");
        var keep = KeepOption();
        keep.Required = true;
        command.Options.Add(keep);
        var cluster = new ClusterOrMachine(command);
        var target = new BackupTargetSelection(command, cluster);
        command.OnRun((result, cancel) => target.WithStoreAsync(result, async store =>
        {
            var count = Checked(result.GetValue(keep));
            await store.RemoveUnfinishedAsync(cancel);
            var removed = await store.PruneAsync(count, cancel);
            foreach (var backup in removed)
                Console.WriteLine($"{backup.Name} removed");
            if (removed.Count == 0)
                Console.WriteLine("Nothing to remove.");
            return 0;
        }));
        return command;
    }

    /// <summary>How many backups stay.</summary>
    public static Option<int> KeepOption() => new("--keep") { Description = "How many stay.", HelpName = "N" };

    /// <exception cref="ClusterException">Fewer than 1.</exception>
    public static int Checked(int keep) => keep >= 1 ? keep : throw new ClusterException($"--keep {keep} would keep nothing: at least 1 has to stay", 2);
}
