using System.Net;
using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer;

/// <summary>What the command line says.</summary>
public sealed record LoadBalancerOptions
{
    /// <summary>Where clients connect.</summary>
    public required IPEndPoint Bind { get; init; }

    /// <summary>The servers to start from.</summary>
    public required IReadOnlyList<BackendAddress> Backends { get; init; }

    /// <summary>With it the balancer follows the cluster's own list of servers; empty: it stays with <see cref="Backends"/>.</summary>
    public string Kubeconfig { get; init; } = "";

    public string CertificateAuthority { get; init; } = "";

    /// <summary>Where the list is remembered; empty: nowhere.</summary>
    public string StateFile { get; init; } = "";

    /// <summary>Where status and metrics are served, plain HTTP; null: nowhere.</summary>
    public IPEndPoint? StatusBind { get; init; }

    public TimeSpan HealthCheckInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long connections may go on at a server that drains, and at the balancer when it stops.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
