using System.CommandLine;

namespace Ballast.Commands;

/// <summary><c>ballast kubeconfig</c>.</summary>
internal static class KubeconfigCommand
{
    public static Command Create()
    {
        var command = new Command("kubeconfig", "Print the path of the admin kubeconfig.")
            .WithExamples("export KUBECONFIG=$(ballast kubeconfig)");
        var cluster = new ClusterSelection(command);
        command.OnRun((result, _) =>
        {
            var directory = cluster.Directory(result);
            Console.WriteLine(directory.AdminKubeconfig(directory.Load()));
            return Task.FromResult(0);
        });
        return command;
    }
}
