using System.CommandLine;
using Ballast.Admin.Clusters;

namespace Ballast.Commands;

/// <summary><c>ballast down</c>.</summary>
internal static class DownCommand
{
    public static Command Create()
    {
        var command = new Command("down", "End the cluster: every process of it, and its data.")
            .WithExamples("ballast down", "ballast down --keep-data      # 'ballast up' brings it back");
        var cluster = new ClusterSelection(command);
        var keep = new Option<bool>("--keep-data") { Description = "Stop the processes in order and keep the data." };
        command.Options.Add(keep);
        command.OnRun(async (result, cancel) =>
        {
            var directory = cluster.Directory(result);
            var down = new ClusterDown(directory, new ConsoleSteps(TimeProvider.System), TimeProvider.System);
            Console.WriteLine(await down.RunAsync(result.GetValue(keep), cancel)
                ? $"The cluster \"{directory.Name}\" is down."
                : $"There is no cluster \"{directory.Name}\": nothing to do.");
            return 0;
        });
        return command;
    }
}
