using System.CommandLine;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;

namespace Ballast.Commands;

/// <summary>Which hosts are meant: those of a cluster on this machine, or the one that this machine is.</summary>
internal sealed class ClusterOrMachine
{
    private readonly ClusterSelection _cluster;

    private readonly Option<string?> _root = new("--root-dir")
    {
        Description = "Instead of a cluster's hosts: the folder below which the files of one host are. Without any of the three: the cluster \"ballast\" where there is one, else /.",
        HelpName = "DIR",
    };

    public ClusterOrMachine(Command command)
    {
        _cluster = new(command);
        command.Options.Add(_root);
    }

    /// <summary>The host's files; null where a whole cluster is meant.</summary>
    public HostPaths? Machine(ParseResult result)
    {
        if (result.GetValue(_root) is { } root)
            return new(Path.GetFullPath(root));
        var machine = new HostPaths("/");
        return !_cluster.IsGiven(result) && !_cluster.Directory(result).Exists && Directory.Exists(machine.Kubernetes) ? machine : null;
    }

    public ClusterDirectory Cluster(ParseResult result) => _cluster.Directory(result);

    /// <summary>What a further command must be given to mean the same.</summary>
    public string Again(ParseResult result) => result.GetValue(_root) is { } root ? $" --root-dir {root}" : Machine(result) is null ? Cluster(result).Again : "";
}
