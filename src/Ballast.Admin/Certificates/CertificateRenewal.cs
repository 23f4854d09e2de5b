using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates;

/// <summary>
/// Renews the certificates of a host with the keys of the CAs: a new key of the same kind, the same subject, names and usages. Whoever uses them takes them up without
/// a restart. It needs neither the API nor etcd, so it also helps a cluster whose certificates have all ended.
/// </summary>
/// <param name="paths">The host's files.</param>
/// <param name="authorities">Where the CAs' keys are.</param>
/// <param name="time">The clock.</param>
public sealed class CertificateRenewal(HostPaths paths, HostPaths authorities, TimeProvider time)
{
    /// <summary>Renews those of <paramref name="wanted"/> that the host has and whose CA's key is at hand.</summary>
    /// <param name="wanted">In this order.</param>
    /// <param name="onlyDue">Only those that have lived two thirds of their lifetime.</param>
    /// <returns>Their names.</returns>
    /// <exception cref="ClusterException">Somebody else is at the host's certificates.</exception>
    /// <exception cref="PkiException">A file is damaged, or a CA has ended.</exception>
    public IReadOnlyList<string> Renew(IEnumerable<HostCertificate> wanted, bool onlyDue)
    {
        using var held = Lock(paths);
        var renewed = new List<string>();
        foreach (var certificate in wanted.Where(c => c.IsOn(paths) && File.Exists(authorities.Pki(c.Authority + ".key"))))
        {
            if (certificate.Read(paths) is not { } pair)
                continue;
            using var current = HostCertificate.Parse(pair.CertificatePem, certificate.Name);
            if (onlyDue && !IsDue(current))
                continue;
            using var ca = CertificateAuthority.Load(authorities.Pki(certificate.Authority));
            certificate.Replace(paths, ca.Reissue(current, time), time);
            renewed.Add(certificate.Name);
        }
        return renewed;
    }

    /// <summary>Keeps every other command from the certificates of a host until it is disposed of.</summary>
    /// <exception cref="ClusterException">Another is at it.</exception>
    public static IDisposable Lock(HostPaths paths)
    {
        AtomicFile.Folder(paths.Kubernetes);
        try
        {
            return new FileStream(Path.Combine(paths.Kubernetes, ".certificates.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new ClusterException($"another ballast command is changing the certificates in {paths.Kubernetes}: wait for it to end, then try again");
        }
    }

    private bool IsDue(X509Certificate2 certificate)
    {
        DateTimeOffset from = certificate.NotBefore, until = certificate.NotAfter;
        return time.GetUtcNow() >= from + (until - from) * 2 / 3;
    }
}
