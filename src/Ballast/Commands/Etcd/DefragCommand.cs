using System.CommandLine;
using Ballast.Admin.EtcdQuorum;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd defrag</c>.</summary>
internal static class DefragCommand
{
    public static Command Create()
    {
        var command = new Command("defrag", "Give free space back, one member at a time, the leader last.").WithExamples("ballast etcd defrag");
        var cluster = new ClusterOrMachine(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result,
            etcd => new EtcdUpkeep(etcd, TimeProvider.System).DefragmentAsync(new ConsoleSteps(TimeProvider.System), cancel), cancel));
        return command;
    }
}
