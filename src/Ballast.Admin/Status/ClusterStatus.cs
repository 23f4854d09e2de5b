using Ballast.Admin.Backups.Schedules;
using Ballast.Etcd;
using Grpc.Core;
using k8s.Models;

namespace Ballast.Admin.Status;

/// <summary>What a cluster looks like now. What could not be asked is empty and named in <see cref="Problems"/>.</summary>
public sealed record ClusterStatus(string Name, string Topology, string Endpoint, string Kubeconfig)
{
    /// <summary><c>builtin</c>, <c>haproxy</c> or <c>external</c>; empty where nobody knows what is in front.</summary>
    public string LoadBalancer { get; init; } = "";

    public IReadOnlyList<HostStatus> Hosts { get; init; } = [];

    public IReadOnlyList<LeaderStatus> Leaders { get; init; } = [];

    public IReadOnlyList<EtcdMemberStatus> Etcd { get; init; } = [];

    public IReadOnlyList<BackendStatus> Backends { get; init; } = [];

    public IReadOnlyList<CertificateStatus> Certificates { get; init; } = [];

    /// <summary>What may still fail.</summary>
    public FailureBudget Budget { get; init; } = FailureBudget.None;

    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];
}

/// <param name="Name">The host.</param>
/// <param name="Role"><c>control-plane</c>, <c>etcd</c>, <c>worker</c>, <c>load-balancer</c>.</param>
/// <param name="Address">Its address.</param>
/// <param name="Zone">Its zone; empty for the load balancer.</param>
/// <param name="State"><c>running</c>, <c>paused</c> or <c>stopped</c>.</param>
/// <param name="Node">The Node's Ready condition: <c>Ready</c>, <c>NotReady</c>, <c>Unknown</c>; empty where the host is no node or the API cannot be asked.</param>
public sealed record HostStatus(string Name, string Role, string Address, string Zone, string State, string Node)
{
    public IReadOnlyList<ComponentStatus> Components { get; init; } = [];
}

/// <param name="Name"><c>kube-apiserver</c>.</param>
/// <param name="ProcessId">Of the process.</param>
/// <param name="State"><c>running</c> or <c>paused</c>.</param>
/// <param name="MemoryBytes">Its share of the memory (PSS).</param>
public sealed record ComponentStatus(string Name, int ProcessId, string State, long MemoryBytes);

/// <param name="Lease"><c>kube-scheduler</c>.</param>
/// <param name="Holder">Who leads; empty where nobody does.</param>
/// <param name="RenewedAt">By the leader's clock.</param>
/// <param name="Transitions">How often leadership changed hands.</param>
public sealed record LeaderStatus(string Lease, string Holder, DateTimeOffset? RenewedAt, int Transitions)
{
    private static readonly string[] Always = ["kube-controller-manager", "kube-scheduler"];

    /// <summary>Of every component that elects a leader, given the leases of kube-system and the hosts. Backups need not be scheduled.</summary>
    internal static IReadOnlyList<LeaderStatus> Of(IEnumerable<V1Lease> leases, IEnumerable<HostStatus> hosts) =>
        [.. Always.Concat(hosts.Any(h => h.Components.Any(c => c.Name == BackupSettings.Component)) ? [BackupSettings.Component] : []).Select(name => leases.FirstOrDefault(l => l.Metadata.Name == name)?.Spec is { } lease
            ? new LeaderStatus(name, lease.HolderIdentity ?? "", lease.RenewTime, lease.LeaseTransitions ?? 0) : new LeaderStatus(name, "", null, 0))];
}

/// <param name="Name">The member.</param>
/// <param name="Endpoint">Its client URL.</param>
/// <param name="Healthy">It answered.</param>
/// <param name="Leader">It leads.</param>
/// <param name="Revision">Newest revision it has.</param>
/// <param name="DatabaseBytes">Size of its file.</param>
/// <param name="Error">Why it is not healthy; empty where it is.</param>
public sealed record EtcdMemberStatus(string Name, string Endpoint, bool Healthy, bool Leader, long Revision, long DatabaseBytes, string Error)
{
    /// <summary>What a member says of itself; that it does not answer is an answer too.</summary>
    internal static async Task<EtcdMemberStatus> AskAsync(EtcdClient etcd, string name, Uri endpoint, CancellationToken cancel)
    {
        try
        {
            var status = await etcd.Maintenance.StatusAsync(endpoint, cancel);
            return new(name, endpoint.OriginalString, status.Leader != 0, status.IsLeader, status.Revision, status.DatabaseSize, status.Leader == 0 ? "it knows no leader" : "");
        }
        catch (Exception silent) when (silent is EtcdException or RpcException or OperationCanceledException)
        {
            return new(name, endpoint.OriginalString, Healthy: false, Leader: false, 0, 0, silent.Message);
        }
    }
}

/// <param name="Address">The API server.</param>
/// <param name="State"><c>Ready</c>, <c>NotReady</c>, <c>Down</c>, <c>Unknown</c>.</param>
/// <param name="Connections">Clients that are served there now.</param>
public sealed record BackendStatus(string Address, string State, int Connections);

/// <param name="Host">Where it is.</param>
/// <param name="Name"><c>apiserver</c>, <c>etcd/peer</c>, <c>admin.conf</c> …</param>
/// <param name="NotAfter">When it ends.</param>
public sealed record CertificateStatus(string Host, string Name, DateTimeOffset NotAfter);
