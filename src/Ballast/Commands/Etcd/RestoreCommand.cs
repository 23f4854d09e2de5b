using System.CommandLine;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot restore FILE</c>.</summary>
internal static class RestoreCommand
{
    public static Command Create()
    {
        var command = new Command("restore", "Take the whole cluster back to a snapshot. The old data is kept aside; interrupted, the same command goes on.")
            .WithExamples("ballast etcd snapshot restore backup.db", "ballast etcd snapshot restore backup.db --yes");
        var cluster = new ClusterSelection(command);
        var file = new Argument<string>("FILE") { Description = "The snapshot." };
        var confirmation = new RestoreConfirmation(command);
        command.Arguments.Add(file);
        command.OnRun(async (result, cancel) =>
        {
            var restore = new SnapshotRestore(cluster.Directory(result), Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System);
            if (await restore.RunAsync(result.GetValue(file)!, plan => confirmation.Given(result, plan), cancel) is not { } done)
            {
                Console.WriteLine("Nothing was touched.");
                return 0;
            }
            Console.WriteLine($"The cluster is at {done.From} again, from revision {done.Revision} on. The old data is kept in hosts/*/var/lib/etcd.before-{done.Id}; remove it when you do not need it any more.");
            Console.WriteLine($"Look: ballast etcd health{cluster.Again(result, cluster.Name(result))}");
            return 0;
        });
        return command;
    }
}
