using System.CommandLine;
using Ballast.Admin.Clusters;

namespace Ballast.Commands;

/// <summary><c>ballast node stop|kill|start|pause|resume HOST</c>.</summary>
internal static class NodeCommand
{
    public static Command Create()
    {
        var command = new Command("node", "Stop, kill, start, pause or resume everything on one host.")
            .WithExamples("ballast node kill control-plane-1", "ballast node start control-plane-1");
        command.Subcommands.Add(Verb("stop", "End everything on the host in order (SIGTERM).", "is stopped", (hosts, host, cancel) => hosts.StopAsync(host, cancel)));
        command.Subcommands.Add(Verb("kill", "End everything on the host at once (SIGKILL), as a power cut would.", "is dead", (hosts, host, cancel) => hosts.KillAsync(host, cancel)));
        command.Subcommands.Add(Verb("start", "Start the host again.", "is started", (hosts, host, _) => Do(() => hosts.Start(host))));
        command.Subcommands.Add(Verb("pause", "Freeze everything on the host (SIGSTOP), as a hanging machine would.", "is frozen", (hosts, host, _) => Do(() => hosts.Pause(host))));
        command.Subcommands.Add(Verb("resume", "Let a frozen host go on (SIGCONT).", "goes on", (hosts, host, _) => Do(() => hosts.Resume(host))));
        return command;
    }

    private static Command Verb(string name, string description, string done, Func<ClusterHosts, string, CancellationToken, Task> act)
    {
        var command = new Command(name, description).WithExamples($"ballast node {name} worker-1");
        var cluster = new ClusterSelection(command);
        var host = new Argument<string>("HOST") { Description = "The host's name, as 'ballast status' shows it." };
        command.Arguments.Add(host);
        command.OnRun(async (result, cancel) =>
        {
            var hosts = new ClusterHosts(cluster.Directory(result), Environment.ProcessPath!, TimeProvider.System);
            await act(hosts, result.GetValue(host)!, cancel);
            Console.WriteLine($"{result.GetValue(host)} {done}.");
            return 0;
        });
        return command;
    }

    private static Task Do(Action action)
    {
        action();
        return Task.CompletedTask;
    }
}
