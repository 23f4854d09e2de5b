using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;
using Ballast.ComponentBase.Flags;

namespace Ballast.Commands;

/// <summary><c>ballast up</c>.</summary>
internal static class UpCommand
{
    public static Command Create()
    {
        var command = new Command("up", "Make a highly available cluster on this machine, or mend the one there is.")
            .WithExamples("ballast up", "ballast up --name test --control-planes 1 --workers 1", "ballast up --topology external --workers 4", "ballast up --load-balancer haproxy", "ballast up -f cluster.yaml");
        var cluster = new ClusterSelection(command);
        var defaults = new ClusterOptions();
        var controlPlanes = Number("--control-planes", defaults.ControlPlanes, "Hosts that run the control plane.");
        var workers = Number("--workers", defaults.Workers, "Hosts that run ordinary pods.");
        var zones = Number("--zones", defaults.Zones, "Failure zones that the hosts are spread over.");
        var topology = Choice("--topology", "stacked", "Where etcd runs: on the control planes, or on hosts of its own.", ["stacked", "external"]);
        var keyAlgorithm = Choice("--key-algorithm", KeyAlgorithm.EcdsaP256.Name(), "Keys of new certificates.", KeyAlgorithms.Names);
        var loadBalancer = Choice("--load-balancer", "builtin", "What leads clients to the API servers; external is your own. Each host has one for itself besides.", ["builtin", "haproxy", "external"]);
        var endpoint = new Option<string?>("--control-plane-endpoint") { Description = "Where an external load balancer takes clients.", HelpName = "HOST:PORT" };
        var allowEven = new Option<bool>("--allow-even-etcd") { Description = "Take an even number of etcd members, which costs one more and survives no more." };
        var wait = new Option<string>("--wait") { Description = "How long to wait until everything is Ready.", DefaultValueFactory = _ => "120s", HelpName = "DURATION" };
        var file = new Option<FileInfo?>("-f", "--file") { Description = "A file with these settings (YAML); what the command line gives comes first.", HelpName = "FILE" };
        foreach (var option in new Option[] { controlPlanes, workers, topology, zones, keyAlgorithm, loadBalancer, endpoint, allowEven, wait, file })
            command.Options.Add(option);
        command.OnRun(async (result, cancel) =>
        {
            if (!GoDuration.TryParse(result.GetValue(wait)!, out var patience) || patience <= TimeSpan.Zero)
                throw new ClusterException($"--wait {result.GetValue(wait)} is not a duration: write 120s or 5m", 2);
            var given = new HashSet<string>(StringComparer.Ordinal);
            var options = result.GetValue(file) is { } settings ? ClusterFile.Read(settings.FullName, given) : new ClusterOptions();
            options = options with
            {
                Name = Given(cluster.Name(result), options.Name, "--name"),
                ControlPlanes = Given(result.GetValue(controlPlanes), options.ControlPlanes, controlPlanes.Name),
                Workers = Given(result.GetValue(workers), options.Workers, workers.Name),
                Zones = Given(result.GetValue(zones), options.Zones, zones.Name),
                Topology = Given(Enum.Parse<Topology>(result.GetValue(topology)!, ignoreCase: true), options.Topology, topology.Name),
                KeyAlgorithm = Given(KeyAlgorithms.TryParse(result.GetValue(keyAlgorithm)!, out var algorithm) ? algorithm : default, options.KeyAlgorithm, keyAlgorithm.Name),
                LoadBalancer = Given(Enum.Parse<LoadBalancerKind>(result.GetValue(loadBalancer)!, ignoreCase: true), options.LoadBalancer, loadBalancer.Name),
                ControlPlaneEndpoint = Given(result.GetValue(endpoint) is { } name ? ClusterConfiguration.WithPort(name) : null, options.ControlPlaneEndpoint, endpoint.Name),
                AllowEvenEtcd = result.GetValue(allowEven) || options.AllowEvenEtcd,
            };
            var directory = cluster.Directory(result).Named(options.Name);
            var start = TimeProvider.System.GetTimestamp();
            var up = new ClusterUp(directory, Environment.ProcessPath!, new ConsoleSteps(TimeProvider.System), TimeProvider.System);
            var spec = await up.RunAsync(options, given, patience, cancel);
            Tell(spec, directory, cluster.Again(result, spec.Name), TimeProvider.System.GetElapsedTime(start));
            return 0;

            T Given<T>(T fromCommandLine, T otherwise, string option)
            {
                if (result.GetResult(option) is not System.CommandLine.Parsing.OptionResult { Implicit: false })
                    return otherwise;
                given.Add(option);
                return fromCommandLine;
            }
        });
        return command;
    }

    private static void Tell(ClusterSpec spec, ClusterDirectory directory, string again, TimeSpan took)
    {
        Console.WriteLine(
            $"""

            The cluster "{spec.Name}" is ready after {took.TotalSeconds:0.0} s.
              endpoint     {spec.Endpoint}{(spec.Front is null ? $", which leads to {string.Join(", ", spec.ApiServers)} by your own load balancer" : "")}
              kubeconfig   {directory.AdminKubeconfig(spec)}

            Try next:
              export KUBECONFIG=$(./ballast kubeconfig{again})
              kubectl get nodes -o wide
            """);
        if (spec.ControlPlanes > 1)
            Console.WriteLine($"  ./ballast node kill {spec.ControlPlaneHosts.Last().Name}{again}      # and see that nothing happens");
        Console.WriteLine($"  ./ballast status{again}");
    }

    private static Option<int> Number(string name, int value, string help) =>
        new(name) { Description = help, DefaultValueFactory = _ => value, HelpName = "N" };

    private static Option<string> Choice(string name, string value, string help, IReadOnlyList<string> choices)
    {
        var option = new Option<string>(name) { Description = help, DefaultValueFactory = _ => value };
        option.AcceptOnlyFromAmong([.. choices]);
        return option;
    }
}
