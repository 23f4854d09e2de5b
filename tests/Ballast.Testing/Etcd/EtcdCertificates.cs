using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Etcd;

namespace Ballast.Testing.Etcd;

/// <summary>A throw-away CA with one server and one client certificate, as PEM files.</summary>
internal sealed record EtcdCertificates(EtcdTls Client, string ServerCertFile, string ServerKeyFile)
{
    public static EtcdCertificates Create(string folder)
    {
        var now = DateTimeOffset.UtcNow;
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=etcd-ca", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var ca = caRequest.CreateSelfSigned(now.AddMinutes(-5), now.AddDays(1));
        var caFile = Path.Combine(folder, "ca.crt");
        File.WriteAllText(caFile, ca.ExportCertificatePem());

        var server = Issue("server");
        var client = Issue("client");
        return new EtcdCertificates(new EtcdTls(caFile, client.Cert, client.Key), server.Cert, server.Key);

        (string Cert, string Key) Issue(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddIpAddress(IPAddress.Loopback);
            names.AddDnsName("localhost");
            request.CertificateExtensions.Add(names.Build());
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
            using var certificate = request.Create(ca, now.AddMinutes(-5), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
            var certFile = Path.Combine(folder, name + ".crt");
            var keyFile = Path.Combine(folder, name + ".key");
            File.WriteAllText(certFile, certificate.ExportCertificatePem());
            File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
            return (certFile, keyFile);
        }
    }
}
