using System.Net;
using System.Text.Json.Serialization;
using Ballast.Admin.Configuration;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Clusters;

/// <summary>Where the etcd members live.</summary>
public enum Topology
{
    /// <summary>On the control planes.</summary>
    Stacked,

    /// <summary>On hosts of their own.</summary>
    External,
}

public enum HostRole
{
    LoadBalancer,
    Etcd,
    ControlPlane,
    Worker,
}

/// <summary>One host of a cluster on this machine.</summary>
/// <param name="Name"><c>control-plane-1</c>.</param>
/// <param name="Role">What it runs.</param>
/// <param name="Address">Its loopback address.</param>
/// <param name="Zone"><c>zone-1</c>.</param>
public sealed record ClusterHost(string Name, HostRole Role, string Address, string Zone)
{
    [JsonIgnore]
    public IPAddress IPAddress => IPAddress.Parse(Address);
}

/// <summary>A cluster on this machine, as <c>up</c> was asked to make it; kept in <c>cluster.json</c>.</summary>
public sealed record ClusterSpec
{
    /// <summary>The range of cluster IPs.</summary>
    public const string ServiceRange = "10.96.0.0/12";

    /// <summary>The range of pod IPs.</summary>
    public const string PodRange = "10.244.0.0/16";

    public required string Name { get; init; }

    public required int ControlPlanes { get; init; }

    public required int Workers { get; init; }

    public required Topology Topology { get; init; }

    public required int Zones { get; init; }

    public required KeyAlgorithm KeyAlgorithm { get; init; }

    /// <summary>The third number of all addresses: 127.0.<see cref="Subnet"/>.N.</summary>
    public required int Subnet { get; init; }

    /// <summary>In the order they are started.</summary>
    public required IReadOnlyList<ClusterHost> Hosts { get; init; }

    /// <summary>Further flags by component, as the last <c>upgrade</c> left them; null where there was none.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<KeyValuePair<string, string>>>? ExtraArguments { get; init; }

    /// <summary>Hosts that are being added and are not complete yet, by name; null for none.</summary>
    public IReadOnlyList<string>? Joining { get; init; }

    /// <summary>The part of <see cref="PodRange"/> that a host's pods get their addresses from; its own whatever other hosts come and go.</summary>
    public static string PodRangeOf(ClusterHost host) => $"10.244.{host.IPAddress.GetAddressBytes()[^1]}.0/24";

    /// <summary>Those that are to be taken out: numbers beyond what was asked for.</summary>
    [JsonIgnore]
    public IEnumerable<ClusterHost> LeavingHosts => ControlPlaneHosts.Skip(ControlPlanes).Concat(Hosts.Where(h => h.Role == HostRole.Worker).Skip(Workers)).Reverse();

    [JsonIgnore]
    public IEnumerable<ClusterHost> JoiningHosts => Hosts.Where(h => Joining?.Contains(h.Name) == true).Except(LeavingHosts);

    /// <summary>With the hosts alone that neither come nor go.</summary>
    [JsonIgnore]
    public ClusterSpec Settled => this with { Hosts = [.. Hosts.Except(JoiningHosts).Except(LeavingHosts)] };

    [JsonIgnore]
    public IEnumerable<ClusterHost> ControlPlaneHosts => Hosts.Where(h => h.Role == HostRole.ControlPlane);

    /// <summary>The hosts with an etcd member.</summary>
    [JsonIgnore]
    public IEnumerable<ClusterHost> EtcdHosts => Hosts.Where(h => h.Role == (Topology == Topology.Stacked ? HostRole.ControlPlane : HostRole.Etcd));

    /// <summary>What leads clients to the API servers.</summary>
    public LoadBalancerKind LoadBalancer { get; init; }

    /// <summary>Where an external load balancer takes clients, <c>HOST:PORT</c>; null where it is one of the hosts.</summary>
    public string? ControlPlaneEndpoint { get; init; }

    /// <summary>The load balancer's host; null where it is external.</summary>
    [JsonIgnore]
    public ClusterHost? Front => Hosts.SingleOrDefault(h => h.Role == HostRole.LoadBalancer);

    /// <summary>The endpoint, <c>HOST:PORT</c>.</summary>
    private string EndpointAddress => ControlPlaneEndpoint ?? $"{Front!.Address}:{ClusterConfiguration.DefaultPort}";

    /// <summary>The one stable name of the API, as kubeconfigs carry it.</summary>
    [JsonIgnore]
    public string Endpoint => $"https://{EndpointAddress}";

    /// <summary>HOST:PORT of each API server.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> ApiServers => [.. ControlPlaneHosts.Select(h => $"{h.Address}:{ClusterConfiguration.DefaultPort}")];

    /// <summary>As hosts that join one by one would be told.</summary>
    [JsonIgnore]
    public ClusterConfiguration Configuration => (ExtraArguments ?? new Dictionary<string, IReadOnlyList<KeyValuePair<string, string>>>()).Aggregate(
        new ClusterConfiguration
        {
            ClusterName = Name,
            ControlPlaneEndpoint = EndpointAddress,
            CertSans = Front is null ? [] : [Front.Name],
            KeyAlgorithm = KeyAlgorithm,
        },
        (configuration, further) => configuration.With(further.Key, further.Value));

    [JsonIgnore]
    public IReadOnlyList<string> EtcdUrls => [.. EtcdHosts.Select(h => $"https://{h.Address}:2379")];

    /// <summary>Lays out the hosts: names, addresses and zones.</summary>
    public static ClusterSpec Create(ClusterOptions options, int subnet)
    {
        var etcd = options.Topology == Topology.External ? options.EtcdMembers : 0;
        return new()
        {
            Name = options.Name,
            ControlPlanes = options.ControlPlanes,
            Workers = options.Workers,
            Topology = options.Topology,
            Zones = options.Zones,
            KeyAlgorithm = options.KeyAlgorithm,
            Subnet = subnet,
            LoadBalancer = options.LoadBalancer,
            ControlPlaneEndpoint = options.ControlPlaneEndpoint,
            Hosts =
            [
                .. options.LoadBalancer == LoadBalancerKind.External ? Enumerable.Empty<ClusterHost>() : [new("load-balancer", HostRole.LoadBalancer, $"127.0.{subnet}.1", "")],
                .. Enumerable.Range(0, etcd).Select(i => Host(HostRole.Etcd, i, subnet, options.Zones)),
                .. Enumerable.Range(0, options.ControlPlanes).Select(i => Host(HostRole.ControlPlane, i, subnet, options.Zones)),
                .. Enumerable.Range(0, options.Workers).Select(i => Host(HostRole.Worker, i, subnet, options.Zones)),
            ],
        };
    }

    /// <summary>For other numbers of hosts: what is missing is joining, what is too much is leaving.</summary>
    public ClusterSpec Scaled(int controlPlanes, int workers)
    {
        var missing = Missing(HostRole.ControlPlane, controlPlanes).Concat(Missing(HostRole.Worker, workers)).ToList();
        var joining = (Joining ?? []).Concat(missing.Select(h => h.Name)).ToList();
        return this with { ControlPlanes = controlPlanes, Workers = workers, Hosts = [.. Hosts, .. missing], Joining = joining.Count == 0 ? null : joining };

        IEnumerable<ClusterHost> Missing(HostRole role, int wanted) =>
            Hosts.Count(h => h.Role == role) is var there && wanted > there ? Enumerable.Range(there, wanted - there).Select(i => Host(role, i, Subnet, Zones)) : [];
    }

    /// <summary>As <c>up</c> finds it next: the host has joined.</summary>
    public ClusterSpec Joined(ClusterHost host) => this with { Joining = Joining?.Where(n => n != host.Name).ToList() is { Count: > 0 } left ? left : null };

    /// <summary>As <c>up</c> finds it next: the host is gone.</summary>
    public ClusterSpec Without(ClusterHost host) => Joined(host) with { Hosts = [.. Hosts.Where(h => h.Name != host.Name)] };

    /// <param name="role">What it runs.</param>
    /// <param name="index">Counted from 0 among those of its role.</param>
    /// <param name="subnet">The cluster's.</param>
    /// <param name="zones">How many there are.</param>
    private static ClusterHost Host(HostRole role, int index, int subnet, int zones)
    {
        var (name, first) = role switch
        {
            HostRole.Etcd => ("etcd", 51),
            HostRole.ControlPlane => ("control-plane", 11),
            _ => ("worker", 101),
        };
        return new($"{name}-{index + 1}", role, $"127.0.{subnet}.{first + index}", $"zone-{index % zones + 1}");
    }
}
