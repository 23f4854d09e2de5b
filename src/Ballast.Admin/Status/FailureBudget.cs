using Ballast.Admin.EtcdQuorum;

namespace Ballast.Admin.Status;

/// <param name="Name"><c>etcd</c>, <c>kube-apiserver</c> …</param>
/// <param name="Members">How many there are.</param>
/// <param name="Healthy">How many of them are well.</param>
/// <param name="MayFail">How many of those may fail before it stops.</param>
/// <param name="Meaning">In words.</param>
public sealed record PartBudget(string Name, int Members, int Healthy, int MayFail, string Meaning);

/// <param name="Host">What would be lost.</param>
/// <param name="Survives">The API goes on at its endpoint, for reads and writes.</param>
/// <param name="Effect">What would happen, in words.</param>
public sealed record HostLoss(string Host, bool Survives, string Effect);

/// <summary>What may fail now before something stops, and what the loss of each host would do: arithmetic on what <c>status</c> saw, and nothing else.</summary>
/// <param name="Parts">Each part of the control plane.</param>
/// <param name="Losses">Each host.</param>
public sealed record FailureBudget(IReadOnlyList<PartBudget> Parts, IReadOnlyList<HostLoss> Losses)
{
    /// <summary>A leader that dies with its host: its lease (15 s) runs out, and a candidate looks every 2 s.</summary>
    public const int FailoverSeconds = 17;

    private static readonly string[] Elected = ["kube-controller-manager", "kube-scheduler"];

    /// <summary>What elects a leader; backups need not be scheduled.</summary>
    private static IEnumerable<string> ElectedIn(ClusterStatus status) => Elected.Concat(status.Leaders.Select(l => l.Lease)).Distinct();

    /// <summary>Nothing is known.</summary>
    public static FailureBudget None { get; } = new([], []);

    public static FailureBudget Of(ClusterStatus status) => new(
        [Etcd(status), ApiServers(status), .. ElectedIn(status).Select(name => Candidates(status, name)), .. LoadBalancers(status)],
        [.. status.Hosts.Select(host => Loss(status, host))]);

    private static PartBudget Etcd(ClusterStatus status)
    {
        var size = SizeOf(status);
        return new("etcd", size.Voters, size.Healthy, size.MayFail,
            size.Holds ? $"{size.Needed} are needed for a quorum" : $"no quorum: {size.Needed} are needed, writes are refused");
    }

    private static PartBudget ApiServers(ClusterStatus status)
    {
        var (members, ready) = (status.Hosts.Count(h => h.Role == "control-plane"), Serving(status).Count);
        return new("kube-apiserver", members, ready, Math.Max(0, ready - 1),
            $"{ready} of {members} {(status.Backends.Count == 0 ? "run" : "behind the load balancer")}, one is enough");
    }

    private static PartBudget Candidates(ClusterStatus status, string name)
    {
        var (members, running) = (status.Hosts.Count(h => h.Role == "control-plane"), status.Hosts.Count(h => Runs(h, name)));
        var leader = Leader(status, name);
        return new(name, members, running, Math.Max(0, running - 1), leader is null ? "nobody leads" : $"{leader} leads");
    }

    /// <summary>None where somebody else looks after the endpoint.</summary>
    private static IEnumerable<PartBudget> LoadBalancers(ClusterStatus status)
    {
        var fronts = status.Hosts.Where(h => h.Role == "load-balancer").ToArray();
        var healthy = fronts.Count(h => h.State == "running");
        if (fronts.Length > 0)
            yield return new("load balancer", fronts.Length, healthy, Math.Max(0, healthy - 1), "for clients; each host has one for itself");
    }

    private static HostLoss Loss(ClusterStatus status, HostStatus host)
    {
        if (host.State == "stopped")
            return new(host.Name, Works(status), "it is lost already");
        return host.Role switch
        {
            "load-balancer" => new(host.Name, Survives: false, "clients lose the endpoint until it is back; nodes and controllers go on"),
            "worker" => new(host.Name, Works(status), status.Hosts.Any(h => h.Role == "worker" && h.Name != host.Name && h.State == "running")
                ? "its pods are replaced on other workers"
                : "its pods wait: no other worker is left"),
            _ => ControlPlaneLoss(status, host),
        };
    }

    private static HostLoss ControlPlaneLoss(ClusterStatus status, HostStatus host)
    {
        List<string> effects = [];
        var survives = Works(status);
        if (status.Etcd.FirstOrDefault(m => m.Name == host.Name) is { } member)
        {
            var size = SizeOf(status);
            var left = size with { Healthy = size.Healthy - (member.Healthy ? 1 : 0) };
            survives &= left.Holds;
            effects.Add($"etcd {left.Healthy} of {left.Voters}, {(left.Holds ? "quorum holds" : $"quorum is lost ({left.Needed} are needed): writes are refused")}");
        }
        if (host.Role == "control-plane")
        {
            var serving = Serving(status);
            var left = serving.Count - (serving.Contains(host.Name) ? 1 : 0);
            survives &= left > 0;
            effects.Add(left == 0 ? "no API server is left" : $"API servers {left} of {status.Hosts.Count(h => h.Role == "control-plane")}");
            effects.AddRange(ElectedIn(status).Where(name => Leader(status, name) == host.Name).Select(name =>
                status.Hosts.Any(h => h.Name != host.Name && Runs(h, name))
                    ? $"the leader of {name} moves within {FailoverSeconds} s"
                    : $"nobody is left to lead {name}"));
        }
        return new(host.Name, survives, string.Join("; ", effects));
    }

    /// <summary>The API takes reads and writes now.</summary>
    private static bool Works(ClusterStatus status) =>
        SizeOf(status).Holds && Serving(status).Count > 0
        && status.Hosts.All(h => h.Role != "load-balancer" || h.State == "running");

    private static QuorumSize SizeOf(ClusterStatus status) => new(status.Etcd.Count, status.Etcd.Count(m => m.Healthy));

    /// <summary>The hosts whose API server the load balancer sends clients to; where it cannot be asked, those where one runs.</summary>
    private static HashSet<string> Serving(ClusterStatus status) =>
        [.. status.Hosts.Where(h => h.Role == "control-plane" && (status.Backends.Count > 0
            ? status.Backends.Any(b => b.State == "Ready" && b.Address == $"{h.Address}:6443")
            : Runs(h, "kube-apiserver"))).Select(h => h.Name)];

    private static bool Runs(HostStatus host, string component) => host.Components.Any(c => c.Name == component && c.State == "running");

    /// <summary>The host of a lease's holder, whose identity is HOST_UNIQUE.</summary>
    private static string? Leader(ClusterStatus status, string lease) =>
        status.Leaders.FirstOrDefault(l => l.Lease == lease) is { Holder: { Length: > 0 } holder }
            ? status.Hosts.FirstOrDefault(h => holder == h.Name || holder.StartsWith(h.Name + "_", StringComparison.Ordinal))?.Name
            : null;
}
