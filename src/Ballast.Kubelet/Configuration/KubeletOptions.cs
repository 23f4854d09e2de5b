using System.Net;
using k8s.Models;

namespace Ballast.Kubelet.Configuration;

/// <summary>Everything a kubelet is told: flags, and where they are silent the configuration file, and where that is, upstream's defaults.</summary>
/// <param name="KubeconfigPath">Null where it runs without an API server.</param>
/// <param name="ManifestPath">The static pods' folder; null for none.</param>
/// <param name="ClientCAFile">Null where nobody can be authenticated; then only <c>/healthz</c> answers.</param>
internal sealed record KubeletOptions(
    string NodeName,
    IPAddress NodeIP,
    string? KubeconfigPath,
    string RootFolder,
    string PodLogsFolder,
    string? ManifestPath,
    TimeSpan FileCheckFrequency,
    NodeOptions Node,
    IPAddress Address,
    int Port,
    string CertificateFile,
    string KeyFile,
    string? ClientCAFile,
    string RuntimeEndpoint,
    string StaticRuntimeEndpoint,
    IPNetwork? PodCidr)
{
    /// <summary>Ask for the next client certificate before the present one ends.</summary>
    public bool RotateCertificates { get; init; }
}

/// <summary>What the Node object is made with.</summary>
internal sealed record NodeOptions(
    bool Register,
    IReadOnlyList<V1Taint> Taints,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyDictionary<string, string> Capacity,
    int MaxPods,
    TimeSpan StatusUpdateFrequency,
    TimeSpan StatusReportFrequency,
    TimeSpan LeaseDuration);
