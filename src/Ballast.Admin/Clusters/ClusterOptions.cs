using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Clusters;

/// <summary>What a user may ask of <c>ballast up</c>. <see cref="Check"/> says what is wrong with it, before anything is done.</summary>
public sealed record ClusterOptions
{
    public string Name { get; init; } = "ballast";

    public int ControlPlanes { get; init; } = 3;

    public int Workers { get; init; } = 2;

    public Topology Topology { get; init; } = Topology.Stacked;

    public int Zones { get; init; } = 3;

    public KeyAlgorithm KeyAlgorithm { get; init; } = KeyAlgorithm.EcdsaP256;

    public bool AllowEvenEtcd { get; init; }

    public LoadBalancerKind LoadBalancer { get; init; }

    /// <summary>HOST:PORT of an external load balancer; null for any other.</summary>
    public string? ControlPlaneEndpoint { get; init; }

    /// <summary>Stacked: one on each control plane. External: three, whatever the number of control planes.</summary>
    public int EtcdMembers => Topology == Topology.Stacked ? ControlPlanes : 3;

    /// <summary>Throws for what cannot be, and returns sentences for what can but should not.</summary>
    /// <exception cref="ClusterException">With the reason and what would be right.</exception>
    public IReadOnlyList<string> Check()
    {
        if (Name.Length is 0 or > 40 || !Name.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-') || Name[0] == '-' || Name[^1] == '-')
            throw new ClusterException($"the name \"{Name}\" is not valid: use up to 40 lower-case letters, digits and dashes, with a letter or digit at both ends", 2);
        Range("--control-planes", ControlPlanes, 1, 9);
        Range("--workers", Workers, 0, 100);
        Range("--zones", Zones, 1, 100);
        if (EtcdMembers % 2 == 0 && !AllowEvenEtcd)
        {
            throw new ClusterException(
                $"{EtcdMembers} etcd members need {EtcdMembers / 2 + 1} for a quorum and survive the loss of {(EtcdMembers - 1) / 2}, as {EtcdMembers - 1} would, with one more that can fail: "
                + $"choose {EtcdMembers - 1} or {EtcdMembers + 1} control planes, or add --allow-even-etcd", 2);
        }
        return ControlPlanes == 1
            ? ["one control plane is not highly available: when it stops, so does the API; choose 3 or more to survive a loss"]
            : [];
    }

    /// <summary>What a new cluster's endpoint must be; one that exists has its own.</summary>
    /// <exception cref="ClusterException">With the reason and what would be right.</exception>
    public void CheckEndpoint()
    {
        if (LoadBalancer == LoadBalancerKind.External && ControlPlaneEndpoint is null)
            throw new ClusterException("--load-balancer external needs --control-plane-endpoint HOST:PORT, where that load balancer takes clients", 2);
        if (LoadBalancer != LoadBalancerKind.External && ControlPlaneEndpoint is not null)
            throw new ClusterException($"--control-plane-endpoint {ControlPlaneEndpoint} is for --load-balancer external: any other is a host of the cluster, and has its address", 2);
    }

    private static void Range(string flag, int value, int least, int most)
    {
        if (value < least || value > most)
            throw new ClusterException($"{flag} {value} is out of range: choose from {least} to {most}", 2);
    }
}

/// <summary>Something a user did or has that an operation on a cluster cannot go on with; one sentence, and the exit code that belongs to it.</summary>
public sealed class ClusterException(string message, int exitCode = 1) : Exception(message)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>What to try next; null where the message says it.</summary>
    public string? Hint { get; init; }
}
