using System.CommandLine;
using Ballast.Admin.Hosts;
using Ballast.Admin.Upgrades;

namespace Ballast.Commands.Upgrade;

/// <summary><c>ballast upgrade node</c>.</summary>
internal static class UpgradeNodeCommand
{
    public static Command Create()
    {
        var command = new Command("node", "On each further host, after apply on the first control plane: take it to this build and to the cluster's flags.")
            .WithExamples("ballast upgrade node", "/opt/ballast-0.2.0/ballast upgrade node");
        var root = HostSelection.RootOption();
        command.Options.Add(root);
        command.OnRun(async (result, cancel) =>
        {
            var upgrade = new MachineUpgrade(new HostPaths(Path.GetFullPath(result.GetValue(root)!)), Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System);
            Console.WriteLine(await upgrade.NodeAsync(cancel) ? "This host is done, and well." : "This host is as it should be: nothing was changed.");
            return 0;
        });
        return command;
    }
}
