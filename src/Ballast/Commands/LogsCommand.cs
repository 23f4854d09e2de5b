using System.CommandLine;
using Ballast.Admin.Clusters;

namespace Ballast.Commands;

/// <summary><c>ballast logs</c>.</summary>
internal static class LogsCommand
{
    public static Command Create()
    {
        var command = new Command("logs", "Print a component's log.")
            .WithExamples("ballast logs kube-apiserver@control-plane-1", "ballast logs --tail 20 kubelet@worker-1");
        var cluster = new ClusterSelection(command);
        var target = new Argument<string>("COMPONENT@HOST") { Description = $"One of {string.Join(", ", ClusterHosts.Components)}, and a host." };
        var tail = new Option<int>("--tail") { Description = "Lines from the end; -1 for all.", DefaultValueFactory = _ => -1, HelpName = "N" };
        command.Arguments.Add(target);
        command.Options.Add(tail);
        command.OnRun(async (result, cancel) =>
        {
            var file = new ClusterHosts(cluster.Directory(result), Environment.ProcessPath!, TimeProvider.System).LogFile(result.GetValue(target)!);
            var wanted = result.GetValue(tail);
            var last = new Queue<string>();
            await foreach (var line in File.ReadLinesAsync(file, cancel))
            {
                if (wanted < 0)
                {
                    await Console.Out.WriteLineAsync(line);
                    continue;
                }
                last.Enqueue(line);
                if (last.Count > wanted)
                    last.Dequeue();
            }
            foreach (var line in last)
                await Console.Out.WriteLineAsync(line);
            return 0;
        });
        return command;
    }
}
