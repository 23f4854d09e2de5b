using System.CommandLine;
using Ballast.Admin.Upgrades;

namespace Ballast.Commands.Upgrade;

/// <summary><c>ballast upgrade plan</c>.</summary>
internal static class PlanCommand
{
    public static Command Create()
    {
        var command = new Command("plan", "Show what apply would change on each host: versions, programs, flags. Changes nothing.").WithExamples(
            "ballast upgrade plan", "ballast upgrade plan --extra-arg kube-apiserver:v=2", "ballast upgrade plan --config kubeadm.yaml -o json");
        var scope = new ClusterOrMachine(command);
        var configuration = new ConfigurationOptions(command);
        var output = new Output(command);
        command.OnRun(async (result, cancel) =>
        {
            var change = configuration.Of(result);
            var steps = new ConsoleSteps(TimeProvider.System);
            var plan = scope.Machine(result) is { } machine
                ? await new MachineUpgrade(machine, Environment.ProcessPath!, steps, TimeProvider.System).PlanAsync(change, cancel)
                : await new ClusterUpgrade(scope.Cluster(result), Environment.ProcessPath!, steps, TimeProvider.System).PlanAsync(change, cancel);
            output.Write(result, plan,
                ("HOST", c => c.Host), ("COMPONENT", c => c.Component), ("CURRENT", c => c.Current), ("TARGET", c => c.Target), ("CHANGES", c => string.Join("; ", c.Changes)));
            if (!output.IsJson(result))
                Console.WriteLine(plan.Any(c => c.IsNeeded) ? $"\nTo do it, with the same flags: ballast upgrade apply{scope.Again(result)}" : "\nNothing is to be changed.");
            return 0;
        });
        return command;
    }
}
