using System.Text.Json.Serialization;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Certificates;

/// <summary>When a certificate of a host ends; the fields that kubeadm's output has.</summary>
/// <param name="Host">Where it is.</param>
/// <param name="Name"><c>apiserver</c>; for a CA <c>etcd-ca</c>.</param>
/// <param name="ExpirationDate">Its end.</param>
/// <param name="ResidualTime">What is left until then; less than nothing where it has ended.</param>
/// <param name="CaName">Who signed it; empty for a CA.</param>
/// <param name="ExternallyManaged">It cannot be renewed here, for the key of its CA is not at hand.</param>
public sealed record CertificateExpiration(
    string Host, string Name, DateTimeOffset ExpirationDate, [property: JsonIgnore] TimeSpan ResidualTime, string CaName, bool ExternallyManaged)
{
    [JsonPropertyName("residualTime")]
    public long ResidualSeconds => (long)ResidualTime.TotalSeconds;

    /// <summary>All certificates of a host, its CAs last.</summary>
    /// <param name="host">Its name.</param>
    /// <param name="paths">Its files.</param>
    /// <param name="authorities">Where the CAs' keys are.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="PkiException">A file is damaged.</exception>
    public static IEnumerable<CertificateExpiration> Of(string host, HostPaths paths, HostPaths authorities, TimeProvider time)
    {
        var now = time.GetUtcNow();
        foreach (var certificate in HostCertificate.All.Where(c => c.IsOn(paths)))
        {
            if (certificate.Read(paths) is not { } pair)
                continue;
            using var parsed = HostCertificate.Parse(pair.CertificatePem, certificate.Name);
            DateTimeOffset end = parsed.NotAfter;
            yield return new(host, certificate.Name, end.ToUniversalTime(), end - now, HostCertificate.AuthorityName(certificate.Authority), !File.Exists(authorities.Pki(certificate.Authority + ".key")));
        }
        foreach (var authority in HostCertificate.Authorities.Where(a => File.Exists(paths.Pki(a + ".crt"))))
        {
            using var parsed = HostCertificate.Parse(File.ReadAllText(paths.Pki(authority + ".crt")), authority);
            DateTimeOffset end = parsed.NotAfter;
            yield return new(host, HostCertificate.AuthorityName(authority), end.ToUniversalTime(), end - now, "", !File.Exists(authorities.Pki(authority + ".key")));
        }
    }
}
