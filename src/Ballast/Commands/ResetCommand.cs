using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Commands;

/// <summary><c>ballast reset</c>.</summary>
internal static class ResetCommand
{
    public static Command Create()
    {
        var command = new Command("reset", "Take this machine out of its cluster: its etcd member, its node, its processes and its data.")
            .WithExamples("ballast reset --yes", "ballast reset --yes --force      # the rest of the cluster is gone for good");
        var root = HostSelection.RootOption();
        var yes = new Option<bool>("-y", "--yes") { Description = "Do not ask." };
        var force = new Option<bool>("-f", "--force") { Description = "Go on although the etcd quorum cannot spare this member, or cannot be asked." };
        command.Options.Add(root);
        command.Options.Add(yes);
        command.Options.Add(force);
        command.OnRun(async (result, cancel) =>
        {
            var paths = new HostPaths(Path.GetFullPath(result.GetValue(root)!));
            if (!result.GetValue(yes) && !Confirm(paths))
                throw new ClusterException("reset deletes this host's certificates and its etcd data, and was not confirmed", 2) { Hint = "ballast reset --yes" };
            Console.WriteLine(await new HostReset(paths, new ConsoleSteps(TimeProvider.System), TimeProvider.System).RunAsync(result.GetValue(force), cancel)
                ? "This machine is no host of the cluster any more." : "This machine is no host of a cluster: nothing to do.");
            return 0;
        });
        return command;
    }

    private static bool Confirm(HostPaths paths)
    {
        if (Console.IsInputRedirected)
            return false;
        Console.Write($"Delete the host below {paths.Root}, its certificates and its etcd data? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
