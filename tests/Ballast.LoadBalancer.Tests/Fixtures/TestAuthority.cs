using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.LoadBalancer.Tests.Fixtures;

/// <summary>A CA, a certificate of its for servers on loopback, and the CA's file.</summary>
internal sealed class TestAuthority : IDisposable
{
    public TestAuthority()
    {
        Folder = Directory.CreateTempSubdirectory("ballast-lb-").FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        Server = Issue("kube-apiserver");
        File.WriteAllText(CaFile, Root.ExportCertificatePem());
    }

    public string Folder { get; }

    public string CaFile => Path.Combine(Folder, "ca.crt");

    public X509Certificate2 Root { get; }

    public X509Certificate2 Server { get; }

    /// <summary>A kubeconfig with a client certificate.</summary>
    public string WriteKubeconfig()
    {
        using var client = Issue("load-balancer");
        static string Data(string pem) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(pem));
        var path = Path.Combine(Folder, "kubeconfig");
        File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            current-context: test
            clusters:
            - name: test
              cluster:
                server: https://127.0.0.1:6443
                certificate-authority-data: {Data(Root.ExportCertificatePem())}
            contexts:
            - name: test
              context: {"{"}cluster: test, user: test{"}"}
            users:
            - name: test
              user:
                client-certificate-data: {Data(client.ExportCertificatePem())}
                client-key-data: {Data(client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}
            """);
        return path;
    }

    private X509Certificate2 Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName("kubernetes");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(Root, Root.NotBefore, Root.NotAfter, Guid.NewGuid().ToByteArray());
        return certificate.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        Root.Dispose();
        Server.Dispose();
        Directory.Delete(Folder, recursive: true);
    }
}
