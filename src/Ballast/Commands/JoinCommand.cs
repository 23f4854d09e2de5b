using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Phases;

namespace Ballast.Commands;

/// <summary><c>ballast join</c>.</summary>
internal static class JoinCommand
{
    public static Command Create()
    {
        var command = new Command("join", "Make this machine a worker, or a further control plane, of a cluster.").WithExamples(
            "ballast join api.example.com:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash sha256:…",
            "ballast join api.example.com:6443 --token … --discovery-token-ca-cert-hash sha256:… --control-plane --certificate-key …",
            "ballast join --config join.yaml");
        var host = new HostSelection(command);
        var endpoint = new Argument<string?>("ENDPOINT") { Description = "The API's name: NAME:6443.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(endpoint);
        var config = new Option<FileInfo?>("--config") { Description = "A file of kubeadm's: JoinConfiguration, v1beta4.", HelpName = "FILE" };
        var token = new Option<string?>("--token") { Description = "What the host joins with.", HelpName = "TOKEN" };
        var pins = new Option<string[]>("--discovery-token-ca-cert-hash") { Description = "The hash of the cluster's CA: sha256:…", HelpName = "HASH", DefaultValueFactory = _ => [] };
        var unsafely = new Option<bool>("--discovery-token-unsafe-skip-ca-verification") { Description = "Trust whatever CA the token vouches for." };
        var controlPlane = new Option<bool>("--control-plane") { Description = "Become a control plane, with an etcd member." };
        var key = new Option<string?>("--certificate-key") { Description = "Decrypts the certificates that a control plane uploaded.", HelpName = "KEY" };
        var dryRun = InitCommand.DryRunOption();
        var wait = InitCommand.WaitOption();
        foreach (var option in new Option[] { config, token, pins, unsafely, controlPlane, key, dryRun, wait })
            command.Options.Add(option);
        command.OnRun(async (result, cancel) =>
        {
            var file = result.GetValue(config) is { } given ? JoinConfiguration.Read(given.FullName) : new JoinConfiguration();
            var settings = host.Settings(result, file.Host);
            var self = host.Host(result, settings);
            var join = file with
            {
                Host = settings,
                Endpoint = result.GetValue(endpoint) is { } name ? ClusterConfiguration.WithPort(name) : file.Endpoint,
                Token = result.GetValue(token) ?? file.Token,
                CaCertHashes = [.. file.CaCertHashes, .. result.GetValue(pins)!],
                UnsafeSkipCAVerification = file.UnsafeSkipCAVerification || result.GetValue(unsafely),
                ControlPlane = file.ControlPlane || result.GetValue(controlPlane),
                CertificateKey = result.GetValue(key) ?? file.CertificateKey,
            };
            if (join.Endpoint.Length == 0 || join.Token.Length == 0)
            {
                throw new ClusterException($"{(join.Endpoint.Length == 0 ? "ENDPOINT" : "--token")} is missing", 2)
                {
                    Hint = "take the command that a control plane prints: ballast token create --print-join-command",
                };
            }
            var rehearsal = result.GetValue(dryRun);
            await new HostJoin(self, Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System)
                .RunAsync(join, rehearsal, InitCommand.Patience(result, wait), cancel);
            if (!rehearsal)
            {
                Console.WriteLine(join.ControlPlane
                    ? $"{self.Name} is a control plane of the cluster now.\n\nTry next:\n  KUBECONFIG={self.Paths.Kubeconfig("admin.conf")} kubectl get nodes"
                    : $"{self.Name} has joined; in a moment it is Ready. On a control plane: kubectl get nodes");
            }
            return 0;
        });
        return command;
    }
}
