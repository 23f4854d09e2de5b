using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.Testing.ApiServer;

/// <summary>A throw-away cluster CA in a folder: the files that a server's flags name, and certificates for any client.</summary>
public sealed class TestPki : IDisposable
{
    private readonly X509Certificate2 _ca;
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    public TestPki(string folder)
    {
        Folder = folder;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _ca = request.CreateSelfSigned(_now.AddMinutes(-5), _now.AddDays(1));
        File.WriteAllText(PathOf("ca.crt"), _ca.ExportCertificatePem());
        Write("apiserver", Issue("CN=kube-apiserver", "1.3.6.1.5.5.7.3.1"));
        using var signing = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(PathOf("sa.key"), signing.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(PathOf("sa.pub"), signing.ExportSubjectPublicKeyInfoPem());
    }

    public string Folder { get; }

    public X509Certificate2 Authority => _ca;

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>A client's certificate with its key.</summary>
    public X509Certificate2 Client(string user, params IEnumerable<string> groups) =>
        Issue(string.Join(',', groups.Select(g => $"O={g}").Append($"CN={user}")), "1.3.6.1.5.5.7.3.2");

    /// <summary>Writes <c>NAME.crt</c> and <c>NAME.key</c>.</summary>
    public void Write(string name, X509Certificate2 certificate)
    {
        File.WriteAllText(PathOf(name + ".crt"), certificate.ExportCertificatePem());
        File.WriteAllText(PathOf(name + ".key"), certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose() => _ca.Dispose();

    private X509Certificate2 Issue(string subject, string usage)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        using var certificate = request.Create(_ca, _now.AddMinutes(-5), _now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        // Through PKCS #12: TLS on Linux takes no key that lives only in memory.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pfx), null, X509KeyStorageFlags.Exportable);
    }
}
