using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Upgrades;
using Ballast.Etcd;
using k8s.Models;

namespace Ballast.Admin.EtcdQuorum;

/// <summary>
/// How a command on a control plane that <c>init</c> or <c>join</c> made reaches the cluster's etcd, also while no API server answers: at first by what this host's manifests say, then by what the
/// members say.
/// </summary>
public sealed class MachineEtcd
{
    private readonly Host _host;
    private readonly V1Pod _apiServer;
    private readonly TimeProvider _time;

    /// <exception cref="ClusterException">The host is no control plane.</exception>
    public MachineEtcd(Host host, TimeProvider time)
    {
        (_host, _time) = (host, time);
        _apiServer = HostIdentity.IsControlPlane(host.Paths)
            ? ManifestDifference.Parse(File.ReadAllText(host.Paths.Manifest("kube-apiserver")))
            : throw new ClusterException($"{host.Name} is no control plane: only those reach etcd", 2);
    }

    /// <summary>Where this host's own member is reached.</summary>
    public Uri Own => new($"https://{_host.Address}:2379");

    /// <summary>Whether etcd is on hosts of its own.</summary>
    public bool IsExternal => !Servers.Contains(Own);

    /// <summary>What the API server shows the members.</summary>
    public EtcdTls Tls => new(Flag("etcd-cafile"), Flag("etcd-certfile"), Flag("etcd-keyfile"));

    /// <summary>Those that its manifest names were the members when this host's came in.</summary>
    public IReadOnlyList<Uri> Named
    {
        get
        {
            var manifest = _host.Paths.Manifest("etcd");
            var members = File.Exists(manifest) ? ManifestDifference.FlagOf(ManifestDifference.Parse(File.ReadAllText(manifest)), "initial-cluster") ?? "" : "";
            return [.. Servers.Concat(members.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(m => new Uri($"https://{new Uri(m[(m.IndexOf('=', StringComparison.Ordinal) + 1)..]).Host}:2379"))).Distinct()];
        }
    }

    /// <summary>For what changes the hosts of etcd.</summary>
    /// <param name="why">What is on those hosts, in one clause.</param>
    /// <param name="instead">What to do there.</param>
    /// <exception cref="ClusterException">Etcd is external.</exception>
    public void RefuseExternal(string why, string instead)
    {
        if (IsExternal)
            throw new ClusterException($"etcd is external ({string.Join(", ", Servers)}): {why}, and not for this command to change", 2) { Hint = instead };
    }

    private IEnumerable<Uri> Servers => Flag("etcd-servers").Split(',').Select(u => new Uri(u));

    /// <summary>A client of every member that is known of; the caller disposes of it.</summary>
    public async Task<EtcdClient> ConnectAsync(CancellationToken cancel)
    {
        var known = Named.ToHashSet();
        // This host's own first: where the quorum was made anew without the others, those know of another one.
        foreach (var urls in new[] { Servers.ToList(), [.. known] })
        {
            using var first = ClusterEtcd.Connect(urls, Tls, _time);
            try
            {
                var members = (await first.Members.ListAsync(cancel)).SelectMany(m => m.ClientUrls).Select(u => new Uri(u)).ToList();
                // The names that an external etcd was given here may be the only ones that lead to it.
                return ClusterEtcd.Connect(members.Count == 0 ? urls : IsExternal ? [.. urls.Union(members)] : members, Tls, _time);
            }
            catch (EtcdException)
            {
                // The others may answer.
            }
        }
        return ClusterEtcd.Connect([.. known], Tls, _time);
    }

    private string Flag(string name) => ManifestDifference.FlagOf(_apiServer, name)
        ?? throw new ClusterException($"the manifest of the API server, {_host.Paths.Manifest("kube-apiserver")}, has no --{name}") { Hint = "ballast init phase control-plane makes one where there is none" };
}
