using System.CommandLine;
using Ballast.Admin.EtcdQuorum;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd replace HOST</c>.</summary>
internal static class ReplaceCommand
{
    public static Command Create()
    {
        var command = new Command("replace", "Swap a host's dead member for a new one; its old data is kept aside.").WithExamples("ballast etcd replace control-plane-3");
        var cluster = new ClusterSelection(command);
        var host = new Argument<string>("HOST") { Description = "The host whose member is dead." };
        command.Arguments.Add(host);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster.Directory(result), async _ =>
        {
            await new MemberReplacement(cluster.Directory(result), Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System)
                .RunAsync(result.GetValue(host)!, cancel);
            Console.WriteLine($"{result.GetValue(host)} has a new etcd member. Look: ballast etcd member list{cluster.Again(result, cluster.Name(result))}");
        }));
        return command;
    }
}
