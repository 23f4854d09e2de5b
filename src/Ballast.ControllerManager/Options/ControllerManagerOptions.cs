using Ballast.ControllerManager.CertificateSigning;

namespace Ballast.ControllerManager.Options;

/// <summary>What the flags say to the controllers; the defaults are upstream's.</summary>
public sealed record ControllerManagerOptions
{
    public int ConcurrentDeploymentSyncs { get; init; } = 5;

    public int ConcurrentReplicaSetSyncs { get; init; } = 5;

    public int ConcurrentNamespaceSyncs { get; init; } = 10;

    public int ConcurrentGarbageCollectorSyncs { get; init; } = 20;

    public int ConcurrentEndpointSyncs { get; init; } = 5;

    public int ConcurrentServiceEndpointSyncs { get; init; } = 5;

    public int ConcurrentServiceAccountSyncs { get; init; } = 5;

    public int MaxEndpointsPerSlice { get; init; } = 100;

    public TimeSpan NodeMonitorPeriod { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan NodeMonitorGracePeriod { get; init; } = TimeSpan.FromSeconds(50);

    public TimeSpan NodeStartupGracePeriod { get; init; } = TimeSpan.FromSeconds(60);

    public double NodeEvictionRate { get; init; } = 0.1;

    public double SecondaryNodeEvictionRate { get; init; } = 0.01;

    public int LargeClusterSizeThreshold { get; init; } = 50;

    public double UnhealthyZoneThreshold { get; init; } = 0.55;

    public int TerminatedPodGcThreshold { get; init; } = 12500;

    public bool EnableGarbageCollector { get; init; } = true;

    /// <summary>PEM of the CA that pods verify the API server with; null leaves <c>kube-root-ca.crt</c> alone.</summary>
    public string? RootCertificates { get; init; }

    /// <summary>The CAs that certificate requests are signed with.</summary>
    public SigningOptions Signing { get; init; } = new();
}
