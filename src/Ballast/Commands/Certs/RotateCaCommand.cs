using System.CommandLine;
using Ballast.Admin.Certificates.Rotation;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Tokens;

namespace Ballast.Commands.Certs;

/// <summary><c>ballast certs rotate-ca</c>.</summary>
internal static class RotateCaCommand
{
    public static Command Create()
    {
        var command = new Command("rotate-ca", "Replace the CAs and the service-account key of a running cluster. Run again, it goes on where it was. On machines: three times on each of them; each run says where the next one is to be.")
            .WithExamples("ballast certs rotate-ca", "ballast certs rotate-ca --until restart-accepting", "ballast certs rotate-ca --certificate-key …      # on further control planes of machines");
        var scope = new ClusterOrMachine(command);
        var until = new Option<string?>("--until")
        {
            Description = $"Stop after this step: {string.Join(", ", CaRotation.StepNames)}. After restart-accepting, kubeconfigs hold both CAs: the time to copy them elsewhere. Not on machines, where each run stops by itself.",
            HelpName = "STEP",
        };
        until.AcceptOnlyFromAmong([.. CaRotation.StepNames]);
        var key = new Option<string?>("--certificate-key") { Description = "On a machine: decrypts the keys of the new CAs, as the first control plane printed it.", HelpName = "KEY" };
        var upload = new Option<bool>("--upload-certs") { Description = "On a machine: store the keys of the new CAs in the cluster once more, encrypted with another certificate key." };
        var yes = new Option<bool>("-y", "--yes") { Description = "On a machine: do not ask before a rotation begins." };
        foreach (var option in new Option[] { until, key, upload, yes })
            command.Options.Add(option);
        command.OnRun(async (result, cancel) =>
        {
            if (scope.Machine(result) is { } machine)
            {
                if (result.GetValue(until) is not null)
                    throw new ClusterException("--until is for a cluster of \"ballast up\": on machines each run does one stage, and stops", 2);
                return await MachineAsync(machine, result.GetValue(key), result.GetValue(upload), result.GetValue(yes), cancel);
            }
            if (new Option[] { key, upload, yes }.FirstOrDefault(o => result.GetResult(o) is { Implicit: false }) is { } foreign)
                throw new ClusterException($"{foreign.Name} is for machines: one command reaches all hosts of a cluster of \"ballast up\"", 2);
            return await ClusterAsync(scope.Cluster(result), result.GetValue(until), cancel);
        });
        return command;
    }

    private static async Task<int> ClusterAsync(ClusterDirectory directory, string? until, CancellationToken cancel)
    {
        var over = await new CaRotation(directory, new ConsoleSteps(TimeProvider.System), TimeProvider.System).RunAsync(until, cancel);
        Console.WriteLine(over
            ? $"The CAs of \"{directory.Name}\" are new. Copies of its kubeconfigs elsewhere have to be made anew: ballast kubeconfig{directory.Again}"
            : $"Stopped after {until}. To go on: ballast certs rotate-ca{directory.Again}");
        return 0;
    }

    private static async Task<int> MachineAsync(HostPaths machine, string? key, bool upload, bool yes, CancellationToken cancel)
    {
        var outcome = await new MachineCaRotation(machine, new ConsoleSteps(TimeProvider.System), TimeProvider.System)
        {
            CertificateKey = key is null ? null : CertificateKey.Parse(key),
            Upload = upload,
            IsWanted = hosts => yes || Confirmed(hosts),
        }.RunAsync(cancel);
        Console.WriteLine(outcome is null ? "Nothing was touched." : new RotationReport(outcome).Text);
        return 0;
    }

    /// <summary>A run too many, after the last one, would begin anew.</summary>
    private static bool Confirmed(IReadOnlyList<string> hosts)
    {
        Console.WriteLine($"This begins to replace the CAs and the service-account key of the cluster. It takes three runs of this command on each host, and has to be finished: {string.Join(", ", hosts)}.");
        if (Console.IsInputRedirected)
            throw new ClusterException("no CAs are being replaced now, and that it should begin was not confirmed; nothing was touched", 2) { Hint = "the same with --yes" };
        Console.Write("Begin? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
