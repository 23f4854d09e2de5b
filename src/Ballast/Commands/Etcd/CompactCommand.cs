using System.CommandLine;
using Ballast.Admin.EtcdQuorum;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd compact</c>.</summary>
internal static class CompactCommand
{
    public static Command Create()
    {
        var command = new Command("compact", "Forget old revisions. Watches that start before get 410 and list again.").WithExamples("ballast etcd compact", "ballast etcd compact --revision 12000");
        var cluster = new ClusterOrMachine(command);
        var revision = new Option<long?>("--revision") { Description = "Forget what is older than this; else than the present revision.", HelpName = "N" };
        command.Options.Add(revision);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
            Console.WriteLine($"Compacted to revision {await new EtcdUpkeep(etcd, TimeProvider.System).CompactAsync(result.GetValue(revision), cancel)}. Give the space back: ballast etcd defrag{cluster.Again(result)}"), cancel));
        return command;
    }
}
