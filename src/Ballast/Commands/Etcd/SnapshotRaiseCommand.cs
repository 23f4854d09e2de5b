using System.CommandLine;
using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot raise FILE RAISED</c>.</summary>
internal static class SnapshotRaiseCommand
{
    public static Command Create()
    {
        var command = new Command("raise", "Make the snapshot that an external etcd is taken back to on its own hosts: the same, beyond every revision that clients have seen.")
            .WithExamples("ballast etcd snapshot raise backup.db raised.db      # on a control plane; then, on each etcd host: etcdctl snapshot restore raised.db …");
        var file = new Argument<string>("FILE") { Description = "The snapshot." };
        var raised = new Argument<string>("RAISED") { Description = "The file to make." };
        command.Arguments.Add(file);
        command.Arguments.Add(raised);
        var scope = new ClusterOrMachine(command);
        command.OnRun((result, cancel) => EtcdCommand.OrSentenceAsync(async () =>
        {
            var machine = scope.Machine(result) ?? throw new ClusterException("this is for a control plane of machines with an external etcd: a cluster of ballast up is taken back by ballast etcd snapshot restore", 2);
            var revision = await new SnapshotRaise(machine, new ConsoleSteps(TimeProvider.System), TimeProvider.System).RunAsync(result.GetValue(file)!, result.GetValue(raised)!, cancel);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.GetValue(raised)} begins with revision {revision}. Once no API server and no etcd member runs, on each etcd host: etcdctl snapshot restore, into a new data folder."));
        }, scope.Again(result)));
        return command;
    }
}
