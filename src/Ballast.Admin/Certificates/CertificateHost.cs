using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Certificates;

/// <summary>A host whose certificates are looked after.</summary>
/// <param name="Name">The host.</param>
/// <param name="Paths">Its files.</param>
/// <param name="Authorities">Where the CAs' keys are; they need not be on the host itself.</param>
public sealed record CertificateHost(string Name, HostPaths Paths, HostPaths Authorities)
{
    /// <summary>The hosts of a cluster on this machine. The CAs' keys are on its first control plane.</summary>
    public static IReadOnlyList<CertificateHost> Of(ClusterDirectory directory)
    {
        var spec = directory.Load();
        var first = directory.Paths(spec.ControlPlaneHosts.First());
        return [.. spec.Hosts.Select(h => new CertificateHost(h.Name, directory.Paths(h), first))];
    }
}
