using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Etcd;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd …</c>: what an operator does to the quorum of an <c>up</c> cluster.</summary>
internal static class EtcdCommand
{
    public static Command Create() => new("etcd", "Look after the cluster's etcd: members, health, space, snapshots.")
    {
        MemberCommand.Create(),
        HealthCommand.Create(),
        ReplaceCommand.Create(),
        RecoverCommand.Create(),
        DefragCommand.Create(),
        AlarmCommand.Create(),
        CompactCommand.Create(),
        SnapshotCommand.Create(),
    };

    /// <summary>Runs with a client of the cluster's members; what etcd refuses becomes the user's one sentence.</summary>
    public static async Task<int> WithEtcdAsync(ClusterDirectory directory, Func<EtcdClient, Task> run)
    {
        using var etcd = ClusterEtcd.Connect(directory.Load(), directory, TimeProvider.System);
        try
        {
            await run(etcd);
            return 0;
        }
        catch (EtcdException refused)
        {
            throw new ClusterException(refused.Message) { Hint = $"see how the members are: ballast etcd health{directory.Again}" };
        }
    }
}
