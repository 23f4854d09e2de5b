using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;
using Ballast.LoadBalancer.VirtualAddresses;

namespace Ballast.Commands;

/// <summary><c>ballast lb config haproxy|keepalived</c>, <c>kubeconfig</c> and <c>vip</c>: what load balancers on hosts of their own need.</summary>
internal static class LbCommand
{
    public static Command Create()
    {
        var config = new Command("config", "Write the configuration of an upstream load balancer.")
            .WithExamples("ballast lb config haproxy", "ballast lb config keepalived --vip 192.0.2.10/24 --interface eth0");
        config.Subcommands.Add(HAProxy());
        config.Subcommands.Add(Keepalived());
        return new Command("lb", "Put load balancers before a cluster's API servers.")
        {
            config,
            Kubeconfig(),
            VirtualAddressCommand.Create().WithExamples("ballast lb vip --vip=192.0.2.10/24 --interface=eth0", "ballast lb vip --vip=192.0.2.10/24 --interface=eth0 --kubeconfig=/etc/kubernetes/load-balancer.conf"),
        };
    }

    private static Command HAProxy()
    {
        var command = new Command("haproxy", "Write haproxy.cfg: TLS passes through to the API servers whose /readyz is green.")
            .WithExamples("ballast lb config haproxy -o /etc/haproxy/haproxy.cfg", "ballast lb config haproxy --backends 192.0.2.11:6443,192.0.2.12:6443,192.0.2.13:6443");
        var cluster = new ClusterSelection(command);
        var backends = new Option<string?>("--backends") { Description = "The API servers; those of the cluster --name where not given.", HelpName = "HOST:PORT,…" };
        var bind = new Option<string>("--bind") { Description = "Where clients connect.", DefaultValueFactory = _ => "*:6443", HelpName = "ADDRESS:PORT" };
        var authority = new Option<string>("--certificate-authority")
        {
            Description = "The file of the cluster's CA on the load balancer's host.",
            DefaultValueFactory = _ => new HostPaths("/").Pki("ca.crt"),
            HelpName = "FILE",
        };
        var output = Output();
        foreach (var option in new Option[] { backends, bind, authority, output })
            command.Options.Add(option);
        command.OnRun((result, _) =>
        {
            var servers = result.GetValue(backends) is { } given
                ? Servers(given)
                : [.. cluster.Directory(result).Load().ControlPlaneHosts.Select(h => (h.Name, $"{h.Address}:6443"))];
            Write(new HAProxyConfig(result.GetValue(bind)!, $"127.0.0.1:{HostBalancer.StatusPort}", result.GetValue(authority)!, servers).Render(), result.GetValue(output));
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Keepalived()
    {
        var command = new Command("keepalived", "Write keepalived.conf: a virtual address that is on one of several load balancers.")
            .WithExamples("ballast lb config keepalived --vip 192.0.2.10/24 --interface eth0", "ballast lb config keepalived --vip 192.0.2.10/24 --interface eth0 --source 192.0.2.1 --peers 192.0.2.1,192.0.2.2 --priority 101");
        var vip = new Option<string>("--vip") { Description = "The address that clients use, with its prefix.", Required = true, HelpName = "ADDRESS/PREFIX" };
        var link = new Option<string>("--interface") { Description = "The interface it is put on.", Required = true, HelpName = "NAME" };
        var priority = new Option<int>("--priority") { Description = "1 to 254; the highest that is healthy gets the address when nobody has it.", DefaultValueFactory = _ => 100, HelpName = "N" };
        var router = new Option<int>("--router-id") { Description = "1 to 255; the same on all, and of nobody else on this network.", DefaultValueFactory = _ => 51, HelpName = "N" };
        var source = new Option<string?>("--source") { Description = "This host's address, with --peers.", HelpName = "ADDRESS" };
        var peers = new Option<string?>("--peers") { Description = "All balancers' addresses, for networks without multicast.", HelpName = "ADDRESS,…" };
        var password = new Option<FileInfo?>("--auth-pass-file") { Description = "A file with the balancers' shared word of up to 8 characters.", HelpName = "FILE" };
        var output = Output();
        foreach (var option in new Option[] { vip, link, priority, router, source, peers, password, output })
            command.Options.Add(option);
        command.OnRun((result, _) =>
        {
            var config = KeepalivedConfig.Create(result.GetValue(vip)!, result.GetValue(link)!) with
            {
                Priority = result.GetValue(priority),
                VirtualRouterId = result.GetValue(router),
                Source = result.GetValue(source),
                Peers = [.. (result.GetValue(peers) ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Where(p => p != result.GetValue(source))],
                Password = result.GetValue(password) is { } file ? File.ReadAllText(file.FullName).Trim() : null,
            };
            config.Check();
            Write(config.Render(), result.GetValue(output), secret: config.Password is not null);
            return Task.FromResult(0);
        });
        return command;
    }

    private static Command Kubeconfig()
    {
        var command = new Command("kubeconfig", "Write the credentials that a load balancer follows the API servers with; run it where the CA's key is, on a control plane.")
            .WithExamples("ballast lb kubeconfig -o load-balancer.conf", "ballast lb kubeconfig --server https://192.0.2.1:6443 -o load-balancer.conf");
        var root = HostSelection.RootOption();
        var server = new Option<string>("--server") { Description = "The load balancer as the host it runs on reaches it.", DefaultValueFactory = _ => "https://127.0.0.1:6443", HelpName = "URL" };
        var output = Output();
        foreach (var option in new Option[] { root, server, output })
            command.Options.Add(option);
        command.OnRun((result, _) =>
        {
            if (!Uri.TryCreate(result.GetValue(server), UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps)
                throw new ClusterException($"--server {result.GetValue(server)} is not a URL like https://127.0.0.1:6443", 2);
            var paths = new HostPaths(Path.GetFullPath(result.GetValue(root)!));
            if (!File.Exists(paths.Pki("ca.key")))
                throw new ClusterException($"{paths.Pki("ca.key")} is not there: only a host with the key of the cluster's CA can make credentials") { Hint = "run it on a control plane, and bring the file to the load balancer" };
            using var ca = CertificateAuthority.Load(paths.Pki("ca"));
            Write(FrontCredentials.Kubeconfig(url, ca, TimeProvider.System), result.GetValue(output), secret: true);
            return Task.FromResult(0);
        });
        return command;
    }

    private static Option<string?> Output() => new("-o", "--output-file") { Description = "Where to write it; standard output where not given.", HelpName = "FILE" };

    private static (string, string)[] Servers(string given) =>
        [.. given.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((address, i) => HAProxyConfig.IsServer(address)
            ? ($"control-plane-{i + 1}", address)
            : throw new ClusterException($"--backends: \"{address}\" is not HOST:PORT, like 192.0.2.11:6443", 2))];

    private static void Write(string text, string? file, bool secret = false)
    {
        if (file is null)
            Console.Write(text);
        else
            AtomicFile.Write(Path.GetFullPath(file), text, secret ? AtomicFile.Secret : AtomicFile.Public);
    }
}
