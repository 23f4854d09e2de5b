using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Restore;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd replace HOST</c>.</summary>
internal static class ReplaceCommand
{
    public static Command Create()
    {
        var command = new Command("replace", "Swap a host's dead member for a new one; its old data is kept aside.").WithExamples("ballast etcd replace control-plane-3", "ballast etcd replace      # on the machine itself");
        var scope = new ClusterOrMachine(command);
        var host = new Argument<string?>("HOST") { Description = "The host whose member is dead; on a machine of its own, that machine.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(host);
        command.OnRun((result, cancel) => EtcdCommand.OrSentenceAsync(async () =>
        {
            var steps = new ConsoleSteps(TimeProvider.System);
            if (scope.Machine(result) is { } machine)
                await new MachineSite(machine, Environment.ProcessPath!, TimeProvider.System).ReplaceMemberAsync(result.GetValue(host), steps, cancel);
            else
                await new ClusterSite(scope.Cluster(result), Environment.ProcessPath!, TimeProvider.System).ReplaceMemberAsync(result.GetValue(host) ?? throw new ClusterException("HOST is missing: which host's member is dead?", 2), steps, cancel);
            Console.WriteLine($"{result.GetValue(host) ?? "This host"} has a new etcd member. Look: ballast etcd member list{scope.Again(result)}");
        }, scope.Again(result)));
        return command;
    }
}
