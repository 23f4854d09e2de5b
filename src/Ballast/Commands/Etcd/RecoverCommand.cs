using System.CommandLine;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd recover --from HOST|SNAPSHOT</c>.</summary>
internal static class RecoverCommand
{
    public static Command Create()
    {
        var command = new Command("recover", "Bring etcd back after its quorum was lost for good: from one host's data or a snapshot, then the others join it again.")
            .WithExamples("ballast etcd recover --from control-plane-1", "ballast etcd recover --from backup.db --yes", "ballast etcd recover --from cp1      # on the machine cp1 itself");
        var scope = new ClusterOrMachine(command);
        var from = new Option<string>("--from") { Description = "The host whose data is taken (of those left, the one that is furthest on), or a snapshot.", Required = true, HelpName = "HOST|SNAPSHOT" };
        var confirmation = new RestoreConfirmation(command);
        command.Options.Add(from);
        command.OnRun((result, cancel) => EtcdCommand.OrSentenceAsync(async () =>
        {
            var recovery = new QuorumRecovery(EtcdCommand.Site(scope, result), new ConsoleSteps(TimeProvider.System), TimeProvider.System);
            var done = await recovery.RunAsync(result.GetValue(from)!, plan => confirmation.Given(result, plan), cancel);
            Console.WriteLine(done ? $"etcd has its quorum again. Look: ballast etcd member list{scope.Again(result)}" : "Nothing was touched.");
            if (done && scope.Machine(result) is not null)
                Console.WriteLine(RestoreCommand.Others);
        }, scope.Again(result)));
        return command;
    }
}
