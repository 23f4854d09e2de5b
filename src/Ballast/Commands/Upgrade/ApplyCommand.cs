using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Upgrades;

namespace Ballast.Commands.Upgrade;

/// <summary><c>ballast upgrade apply</c>.</summary>
internal static class ApplyCommand
{
    public static Command Create()
    {
        var command = new Command("apply", "Drain, change and check one host after the other; the first failure stops it and is undone. Run again, it goes on where it was.").WithExamples(
            "ballast upgrade apply", "ballast upgrade apply --yes --extra-arg kube-apiserver:v=2", "ballast upgrade apply --config kubeadm.yaml");
        var scope = new ClusterOrMachine(command);
        var configuration = new ConfigurationOptions(command);
        var yes = new Option<bool>("-y", "--yes") { Description = "Do not ask." };
        command.Options.Add(yes);
        command.OnRun(async (result, cancel) =>
        {
            var change = configuration.Of(result);
            var steps = new ConsoleSteps(TimeProvider.System);
            if (scope.Machine(result) is { } machine)
                await MachineAsync(new(machine, Environment.ProcessPath!, steps, TimeProvider.System), change, !result.GetValue(yes), cancel);
            else
                await ClusterAsync(new(scope.Cluster(result), Environment.ProcessPath!, steps, TimeProvider.System), change, !result.GetValue(yes), cancel);
            return 0;
        });
        return command;
    }

    private static async Task ClusterAsync(ClusterUpgrade upgrade, ConfigurationChange change, bool ask, CancellationToken cancel)
    {
        if (ask)
            Confirm(await upgrade.PlanAsync(change, cancel));
        var changed = await upgrade.ApplyAsync(change, cancel);
        Console.WriteLine(changed.Count == 0 ? "Every host is as it should be: nothing was changed." : $"Changed, one after the other, and well: {string.Join(", ", changed)}.");
    }

    private static async Task MachineAsync(MachineUpgrade upgrade, ConfigurationChange change, bool ask, CancellationToken cancel)
    {
        if (ask)
            Confirm(await upgrade.PlanAsync(change, cancel));
        Console.WriteLine(await upgrade.ApplyAsync(change, cancel)
            ? "This host is done, and the cluster's configuration with it.\n\nNow on each other control plane, one after the other, then on each worker: ballast upgrade node"
            : "This host is as it should be: nothing was changed. On the others: ballast upgrade node");
    }

    private static void Confirm(IReadOnlyList<ComponentChange> plan)
    {
        foreach (var change in plan.Where(c => c.IsNeeded))
            Console.WriteLine($"  {change.Component}@{change.Host}: {string.Join("; ", change.Changes)}");
        if (!plan.Any(c => c.IsNeeded))
            return;
        Console.Write("Change these, one host at a time? [y/N] ");
        if (Console.IsInputRedirected || Console.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
            throw new ClusterException("the change was not confirmed: nothing was done", 2) { Hint = "ballast upgrade apply --yes" };
    }
}
