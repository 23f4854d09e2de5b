using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;

namespace Ballast.Commands;

/// <summary><c>ballast component stop|kill|pause|resume NAME@HOST</c>.</summary>
internal static class ComponentCommands
{
    public static Command Create()
    {
        var command = new Command("component", "Stop, kill, pause or resume one component; its kubelet starts an ended one again.")
            .WithExamples("ballast component kill kube-scheduler@control-plane-1");
        command.Subcommands.Add(Verb("stop", "End it in order (SIGTERM).", "is told to stop", ComponentSignal.Stop));
        command.Subcommands.Add(Verb("kill", "End it at once (SIGKILL).", "is killed", ComponentSignal.Kill));
        command.Subcommands.Add(Verb("pause", "Freeze it (SIGSTOP).", "is frozen", ComponentSignal.Pause));
        command.Subcommands.Add(Verb("resume", "Let it go on (SIGCONT).", "goes on", ComponentSignal.Resume));
        return command;
    }

    private static Command Verb(string name, string description, string done, ComponentSignal signal)
    {
        var command = new Command(name, description).WithExamples($"ballast component {name} kube-apiserver@control-plane-2");
        var cluster = new ClusterSelection(command);
        var target = new Argument<string>("NAME@HOST") { Description = $"One of {string.Join(", ", ClusterHosts.Components)}, and a host." };
        command.Arguments.Add(target);
        command.OnRun((result, _) =>
        {
            new ClusterHosts(cluster.Directory(result), Environment.ProcessPath!, TimeProvider.System).Signal(result.GetValue(target)!, signal);
            Console.WriteLine($"{result.GetValue(target)} {done}.");
            return Task.FromResult(0);
        });
        return command;
    }
}
