using System.CommandLine;
using System.Globalization;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd member list|add|remove|promote|replace</c>.</summary>
internal static class MemberCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Command Create() => new("member", "List, add, remove, promote and replace members.") { List(), Add(), Remove(), Promote(), ReplaceCommand.Create() };

    private static Command List()
    {
        var command = new Command("list", "Every member, with its health.").WithExamples("ballast etcd member list", "ballast etcd member list -o json");
        var cluster = new ClusterOrMachine(command);
        var output = new Output(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd => output.Write(
            result, await new EtcdMembership(etcd, TimeProvider.System).ListAsync(cancel),
            ("ID", m => m.Id), ("NAME", m => m.Name), ("PEER URL", m => m.PeerUrl), ("CLIENT URL", m => m.ClientUrl), ("VOTE", m => m.Learner ? "learner" : "yes"),
            ("HEALTHY", m => m.Healthy ? "yes" : "no"), ("LEADER", m => m.Leader ? "yes" : ""), ("VERSION", m => m.Version),
            ("REVISION", m => m.Revision.ToString(CultureInfo.InvariantCulture)), ("SIZE", m => $"{m.DatabaseBytes >> 10}Ki")), cancel));
        return command;
    }

    private static Command Add()
    {
        var command = new Command("add", "Add a member as a learner: it has no vote until it is promoted.").WithExamples("ballast etcd member add https://127.0.10.14:2380");
        var cluster = new ClusterOrMachine(command);
        var url = new Argument<string>("PEER-URL") { Description = "Where the other members will reach it." };
        url.Validators.Add(result =>
        {
            if (!Uri.TryCreate(result.GetValueOrDefault<string>(), UriKind.Absolute, out var uri) || uri.Scheme is not ("https" or "http") || uri.IsDefaultPort)
                result.AddError($"\"{result.GetValueOrDefault<string>()}\" is not a peer URL, like https://127.0.10.14:2380");
        });
        command.Arguments.Add(url);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
        {
            var added = await new EtcdMembership(etcd, TimeProvider.System).AddAsync(result.GetValue(url)!, cancel);
            Console.WriteLine($"{EtcdMembership.Text(added.Id)} is a member{(added.IsLearner ? ", as a learner" : "")}.");
            if (added.IsLearner)
                Console.WriteLine($"Start it with --initial-cluster-state=existing, then: ballast etcd member promote {EtcdMembership.Text(added.Id)}");
        }, cancel));
        return command;
    }

    private static Command Remove()
    {
        var command = new Command("remove", "Take a member out for good; refused where the rest would be no quorum.").WithExamples("ballast etcd member remove control-plane-3");
        var (cluster, member) = Selection(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
        {
            if (cluster.Machine(result) is { } machine)
                new MachineEtcd(HostIdentity.Read(machine), TimeProvider.System).RefuseExternal("a member that is removed ends, on a host of its own", "whoever looks after it: etcdctl member remove ID");
            var removed = await new EtcdMembership(etcd, TimeProvider.System).RemoveAsync(result.GetValue(member)!, cancel);
            Console.WriteLine($"{removed.Called} ({removed.Id}) is no member any more.");
        }, cancel));
        return command;
    }

    private static Command Promote()
    {
        var command = new Command("promote", "Give a learner its vote, once it has caught up.").WithExamples("ballast etcd member promote 8e9e05c52164694d");
        var (cluster, member) = Selection(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
        {
            var membership = new EtcdMembership(etcd, TimeProvider.System);
            var found = EtcdMembership.Find(await membership.ListAsync(cancel), result.GetValue(member)!);
            await membership.PromoteAsync(EtcdMembership.IdOf(found), Patience, cancel);
            Console.WriteLine($"{found.Called} has a vote.");
        }, cancel));
        return command;
    }

    private static (ClusterOrMachine, Argument<string>) Selection(Command command)
    {
        var cluster = new ClusterOrMachine(command);
        var member = new Argument<string>("MEMBER") { Description = "Its name, its id, or its peer URL." };
        command.Arguments.Add(member);
        return (cluster, member);
    }
}
