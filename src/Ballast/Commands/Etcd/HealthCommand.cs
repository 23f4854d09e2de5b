using System.CommandLine;
using Ballast.Admin.EtcdQuorum;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd health</c>.</summary>
internal static class HealthCommand
{
    public static Command Create()
    {
        var command = new Command("health", "Whether each member is healthy, and how many more may fail. Exit code 3 where one is not.").WithExamples("ballast etcd health");
        var cluster = new ClusterOrMachine(command);
        var output = new Output(command);
        command.OnRun(async (result, cancel) =>
        {
            IReadOnlyList<MemberStatus> members = [];
            await EtcdCommand.WithEtcdAsync(cluster, result, async etcd => members = await new EtcdMembership(etcd, TimeProvider.System).ListAsync(cancel), cancel);
            output.Write(result, members, ("MEMBER", m => m.Called), ("HEALTHY", m => m.Healthy ? "yes" : "no"), ("LEADER", m => m.Leader ? "yes" : ""), ("REASON", m => m.Error));
            var size = EtcdMembership.SizeOf(members);
            await Console.Error.WriteLineAsync(size.Holds
                ? $"{size.Healthy} of {size.Voters} voting members are healthy, {size.Needed} are needed: {size.MayFail} more may fail."
                : $"{size.Healthy} of {size.Voters} voting members are healthy, {size.Needed} are needed: writes are refused.");
            return members.All(m => m.Healthy) ? 0 : 3;
        });
        return command;
    }
}
