using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.LoadBalancer.Tests;

public sealed class ClusterTrustTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ballast-trust-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>As a kubelet's is, which replaces what its kubeconfig names and leaves the kubeconfig as it is.</summary>
    [Fact]
    public void A_certificate_that_is_replaced_beneath_its_kubeconfig_is_shown_next()
    {
        var pair = Path.Combine(_folder, "kubelet-client-current.pem");
        var first = WritePair(pair, "system:node:first");
        var kubeconfig = Path.Combine(_folder, "kubelet.conf");
        File.WriteAllText(kubeconfig,
            $$"""
            apiVersion: v1
            kind: Config
            clusters:
            - name: c
              cluster: {server: "https://127.0.0.1:6444", tls-server-name: kubernetes}
            users:
            - name: u
              user:
                client-certificate: {{pair}}
                client-key: {{pair}}
            contexts:
            - name: u@c
              context: {cluster: c, user: u}
            current-context: u@c
            """);
        using var handler = ClusterTrust.Load("", kubeconfig).CreateHandler(TimeSpan.FromMinutes(1));
        Assert.Equal(first, Shown(handler));
        var second = WritePair(pair, "system:node:second");
        Assert.Equal(second, Shown(handler));

        // Half a replacement: what was read last stays in use.
        File.Delete(pair);
        Assert.Equal(second, Shown(handler));
    }

    private static string Shown(SocketsHttpHandler handler) =>
        ((X509Certificate2)handler.SslOptions.LocalCertificateSelectionCallback!(new object(), "kubernetes", [], null, [])!).Thumbprint;

    private static string WritePair(string path, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(path, certificate.ExportCertificatePem() + "\n" + key.ExportECPrivateKeyPem() + "\n");
        return certificate.Thumbprint;
    }
}
