using System.CommandLine;
using Ballast.Admin.Certificates;

namespace Ballast.Commands.Certs;

/// <summary><c>ballast certs rotate-ca</c>.</summary>
internal static class RotateCaCommand
{
    public static Command Create()
    {
        var command = new Command("rotate-ca", "Replace the CAs and the service-account key of a running cluster. Run again, it goes on where it was.")
            .WithExamples("ballast certs rotate-ca", "ballast certs rotate-ca --until restart-accepting");
        var cluster = new ClusterSelection(command);
        var until = new Option<string?>("--until")
        {
            Description = $"Stop after this step: {string.Join(", ", CaRotation.StepNames)}. After restart-accepting, kubeconfigs hold both CAs: the time to copy them elsewhere.",
            HelpName = "STEP",
        };
        until.AcceptOnlyFromAmong([.. CaRotation.StepNames]);
        command.Options.Add(until);
        command.OnRun(async (result, cancel) =>
        {
            var directory = cluster.Directory(result);
            var over = await new CaRotation(directory, new ConsoleSteps(TimeProvider.System), TimeProvider.System).RunAsync(result.GetValue(until), cancel);
            var again = cluster.Again(result, directory.Name);
            Console.WriteLine(over
                ? $"The CAs of \"{directory.Name}\" are new. Copies of its kubeconfigs elsewhere have to be made anew: ballast kubeconfig{again}"
                : $"Stopped after {result.GetValue(until)}. To go on: ballast certs rotate-ca{again}");
            return 0;
        });
        return command;
    }
}
