using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Restore;
using Ballast.Etcd;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd …</c>: what an operator does to the quorum of an <c>up</c> cluster, or, on one of its control planes, of a cluster of machines.</summary>
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

    /// <summary>Runs with a client of the members; what etcd refuses becomes the user's one sentence.</summary>
    public static async Task<int> WithEtcdAsync(ClusterOrMachine scope, ParseResult result, Func<EtcdClient, Task> run, CancellationToken cancel)
    {
        using var etcd = scope.Machine(result) is { } machine
            ? await new MachineEtcd(HostIdentity.Read(machine), TimeProvider.System).ConnectAsync(cancel)
            : ClusterEtcd.Connect(scope.Cluster(result).Load(), scope.Cluster(result), TimeProvider.System);
        return await OrSentenceAsync(() => run(etcd), scope.Again(result));
    }

    /// <summary>What etcd refuses becomes the user's one sentence.</summary>
    public static async Task<int> OrSentenceAsync(Func<Task> run, string again)
    {
        try
        {
            await run();
            return 0;
        }
        catch (EtcdException refused)
        {
            throw new ClusterException(refused.Message) { Hint = $"see how the members are: ballast etcd health{again}" };
        }
    }

    /// <summary>The hosts that a restore has at hand.</summary>
    public static IRestoreSite Site(ClusterOrMachine scope, ParseResult result) => scope.Machine(result) is { } machine
        ? new MachineSite(machine, Environment.ProcessPath!, TimeProvider.System)
        : new ClusterSite(scope.Cluster(result), Environment.ProcessPath!, TimeProvider.System);
}
