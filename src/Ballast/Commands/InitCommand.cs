using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Tokens;
using Ballast.ComponentBase.Flags;

namespace Ballast.Commands;

/// <summary><c>ballast init</c> and <c>ballast init phase NAME</c>.</summary>
internal static class InitCommand
{
    public static Command Create()
    {
        var command = Define(new Command("init", "Make this machine the first control plane of a cluster."), phase: null).WithExamples(
            "ballast init --control-plane-endpoint api.example.com --upload-certs", "ballast init --config kubeadm.yaml", "ballast init --dry-run");
        var phases = new Command("phase", "Run one phase of init alone.").WithExamples("ballast init phase certs --control-plane-endpoint api.example.com");
        foreach (var phase in HostPhases.Init)
        {
            var whole = Define(new Command(phase.Name, phase.Title + "."), phase.Name).WithExamples($"ballast init phase {phase.Name}", $"ballast init phase {phase.Name} --dry-run");
            if (phase.Parts.Count > 0)
                whole.Subcommands.Add(Define(new Command("all", phase.Title + ", all of it."), phase.Name).WithExamples($"ballast init phase {phase.Name} all"));
            foreach (var part in phase.Parts)
                whole.Subcommands.Add(Define(new Command(part.Name, part.Title + "."), $"{phase.Name}/{part.Name}").WithExamples($"ballast init phase {phase.Name} {part.Name}"));
            phases.Subcommands.Add(whole);
        }
        command.Subcommands.Add(phases);
        return command;
    }

    private static Command Define(Command command, string? phase)
    {
        var host = new HostSelection(command);
        var config = new Option<FileInfo?>("--config") { Description = "A file of kubeadm's: InitConfiguration and ClusterConfiguration, v1beta4.", HelpName = "FILE" };
        var endpoint = new Option<string?>("--control-plane-endpoint") { Description = "The one stable name of the API, a load balancer's: NAME or NAME:6443.", HelpName = "ENDPOINT" };
        var upload = new Option<bool>("--upload-certs") { Description = "Leave the shared certificates in the cluster for two hours, encrypted, for control planes that join." };
        var key = new Option<string?>("--certificate-key") { Description = "The key to encrypt them with; made up where none is given.", HelpName = "KEY" };
        var skip = new Option<string[]>("--skip-phases") { Description = "Phases to leave out, or parts of them: addon/kube-proxy.", HelpName = "PHASES", DefaultValueFactory = _ => [] };
        var dryRun = DryRunOption();
        var wait = WaitOption();
        foreach (var option in new Option[] { config, endpoint, upload, key, dryRun, wait })
            command.Options.Add(option);
        if (phase is null)
            command.Options.Add(skip);
        command.OnRun(async (result, cancel) =>
        {
            var file = result.GetValue(config) is { } given ? InitConfiguration.Read(given.FullName) : new InitConfiguration();
            var settings = host.Settings(result, file.Host);
            var self = host.Host(result, settings);
            var cluster = file.Cluster with
            {
                ControlPlaneEndpoint = result.GetValue(endpoint) is { } name ? ClusterConfiguration.WithPort(name)
                    : file.Cluster.ControlPlaneEndpoint.Length > 0 ? file.Cluster.ControlPlaneEndpoint : ClusterConfiguration.WithPort(self.Address.ToString()),
            };
            var certificateKey = !result.GetValue(upload) ? null
                : (result.GetValue(key) ?? file.CertificateKey) is { Length: > 0 } text ? CertificateKey.Parse(text) : CertificateKey.Generate();
            var init = file with
            {
                Cluster = cluster,
                Host = settings,
                Tokens = file.Tokens.Count > 0 ? file.Tokens : [BootstrapToken.Generate()],
                SkipPhases = [.. file.SkipPhases, .. phase is null ? result.GetValue(skip)!.SelectMany(p => p.Split(',', StringSplitOptions.RemoveEmptyEntries)) : []],
            };
            var rehearsal = result.GetValue(dryRun);
            await new HostInit(self, Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System)
                .RunAsync(init, certificateKey, phase, rehearsal, Patience(result, wait), cancel);
            if (rehearsal)
                return 0;
            if (phase is null)
                Tell(init, self, certificateKey);
            else if (phase == "upload-certs" && certificateKey is not null)
                Console.WriteLine($"The certificate key, shown this once:\n{certificateKey.Text}");
            else if (phase == "bootstrap-token")
                Console.WriteLine(JoinText(init, self, ""));
            return 0;
        });
        return command;
    }

    public static Option<bool> DryRunOption() => new("--dry-run") { Description = "List what would be written, and write nothing." };

    public static Option<string> WaitOption() =>
        new("--wait") { Description = "How long to wait for anything.", DefaultValueFactory = _ => "4m", HelpName = "DURATION" };

    public static TimeSpan Patience(ParseResult result, Option<string> wait) => GoDuration.TryParse(result.GetValue(wait)!, out var patience) && patience > TimeSpan.Zero
        ? patience : throw new ClusterException($"--wait {result.GetValue(wait)} is not a duration: write 240s or 4m", 2);

    private static void Tell(InitConfiguration init, Host host, CertificateKey? key)
    {
        Console.WriteLine(
            $"""

            The control plane of "{init.Cluster.ClusterName}" runs on {host.Name}.
              endpoint     {init.Cluster.Server}
              kubeconfig   {host.Paths.Kubeconfig("admin.conf")}

            Try next:
              export KUBECONFIG={host.Paths.Kubeconfig("admin.conf")}
              kubectl get nodes
            """);
        if (!init.SkipPhases.Contains("bootstrap-token"))
            Console.WriteLine($"\nTo join a worker, on it (the token is shown this once):\n  {JoinText(init, host, "")}");
        if (key is not null)
            Console.WriteLine($"\nTo join a control plane, within two hours, on it:\n  {JoinText(init, host, $" --control-plane --certificate-key {key.Text}")}");
        else
            Console.WriteLine("\nTo join more control planes: ballast init phase upload-certs --upload-certs prints the key for it.");
    }

    private static string JoinText(InitConfiguration init, Host host, string more) =>
        $"ballast join {init.Cluster.ControlPlaneEndpoint} --token {init.Tokens[0].Text} --discovery-token-ca-cert-hash {PublicKeyPin.OfFile(host.Paths.Pki("ca.crt"))}{more}";
}
