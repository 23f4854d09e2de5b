using System.CommandLine;
using Ballast.Admin.Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;

namespace Ballast.Commands.Certs;

/// <summary>The options that say whose certificates are meant: those of a cluster on this machine, of one of its hosts, or of this machine itself.</summary>
internal sealed class CertificateHosts
{
    private readonly ClusterSelection _cluster;

    private readonly Option<string?> _host = new("--host") { Description = "Only this host of the cluster.", HelpName = "HOST" };

    private readonly Option<string?> _root = new("--root-dir")
    {
        Description = "Instead of a cluster's hosts: the folder below which the files of one host are, / on a machine of its own.",
        HelpName = "DIR",
    };

    public CertificateHosts(Command command)
    {
        _cluster = new(command);
        command.Options.Add(_host);
        command.Options.Add(_root);
    }

    public IReadOnlyList<CertificateHost> Of(ParseResult result)
    {
        if (result.GetValue(_root) is { } root)
        {
            var paths = new HostPaths(Path.GetFullPath(root));
            return Directory.Exists(paths.Kubernetes)
                ? [new(root == "/" ? Environment.MachineName : root, paths, paths)]
                : throw new ClusterException($"{paths.Kubernetes} does not exist: there is no host of a cluster in {paths.Root}");
        }
        var hosts = CertificateHost.Of(_cluster.Directory(result));
        if (result.GetValue(_host) is not { } name)
            return hosts;
        return hosts.FirstOrDefault(h => h.Name == name) is { } found
            ? [found]
            : throw new ClusterException($"the cluster has no host \"{name}\": it has {string.Join(", ", hosts.Select(h => h.Name))}", 2);
    }
}
