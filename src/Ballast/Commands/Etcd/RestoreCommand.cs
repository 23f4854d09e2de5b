using System.CommandLine;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot restore FILE</c>.</summary>
internal static class RestoreCommand
{
    /// <summary>What is left to be done on other machines.</summary>
    public const string Others = "This host's member is the only one now. On every other control plane, one after the other: ballast etcd replace. One that has lost everything joins anew: ballast join.";

    public static Command Create()
    {
        var command = new Command("restore", "Take the whole cluster back to a snapshot. The old data is kept aside; interrupted, the same command goes on.")
            .WithExamples("ballast etcd snapshot restore backup.db", "ballast etcd snapshot restore backup.db --yes", "ballast etcd snapshot restore backup.db --root-dir /      # on a control plane of machines");
        var scope = new ClusterOrMachine(command);
        var file = new Argument<string>("FILE") { Description = "The snapshot." };
        var confirmation = new RestoreConfirmation(command);
        command.Arguments.Add(file);
        command.OnRun((result, cancel) => EtcdCommand.OrSentenceAsync(async () =>
        {
            var site = EtcdCommand.Site(scope, result);
            if (await new SnapshotRestore(site, new ConsoleSteps(TimeProvider.System), TimeProvider.System).RunAsync(result.GetValue(file)!, plan => confirmation.Given(result, plan), cancel) is not { } done)
            {
                Console.WriteLine("Nothing was touched.");
                return;
            }
            Console.WriteLine($"The cluster is at {done.From} again, from revision {done.Revision} on. The old data is kept in {string.Join(", ", site.Hosts.Select(h => done.Aside(h.Paths)))}; remove it when you do not need it any more.");
            if (scope.Machine(result) is not null)
                Console.WriteLine(Others);
            Console.WriteLine($"Look: ballast etcd health{scope.Again(result)}");
        }, scope.Again(result)));
        return command;
    }
}
