using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ballast.Client.Tests.Connections;

public sealed class KubeconfigFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ballast-kubeconfig-").FullName;

    [Fact]
    public void A_rotated_client_certificate_is_used_from_then_on()
    {
        WriteCertificate("first");
        WriteKubeconfig();
        var file = new KubeconfigFile(Path("config"));
        Assert.Equal("CN=first", file.Current.ClientCertificate!.Subject);
        WriteCertificate("second");
        Assert.Equal("CN=second", file.Current.ClientCertificate!.Subject);
    }

    [Fact]
    public void Half_a_rotation_leaves_the_last_good_certificate_in_use()
    {
        WriteCertificate("first");
        WriteKubeconfig();
        var file = new KubeconfigFile(Path("config"));
        File.WriteAllText(Path("client.crt"), "-----BEGIN CERTIFICATE-----\nhalf");
        Assert.Equal("CN=first", file.Current.ClientCertificate!.Subject);
    }

    [Fact]
    public void A_link_that_is_pointed_elsewhere_is_a_rotation_too()
    {
        WriteCertificate("first");
        WriteKubeconfig();
        foreach (var file in new[] { "client.crt", "client.key" })
        {
            File.Move(Path(file), Path("first-" + file));
            File.CreateSymbolicLink(Path(file), "first-" + file);
        }
        var config = new KubeconfigFile(Path("config"));
        Assert.Equal("CN=first", config.Current.ClientCertificate!.Subject);
        foreach (var file in new[] { "client.crt", "client.key" })
            File.Move(Path("first-" + file), Path("old-" + file));
        WriteCertificate("second");
        Assert.Equal("CN=second", config.Current.ClientCertificate!.Subject);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Path(string name) => System.IO.Path.Combine(_folder, name);

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(Path("client.crt"), certificate.ExportCertificatePem());
        File.WriteAllText(Path("client.key"), key.ExportPkcs8PrivateKeyPem());
        if (!File.Exists(Path("ca.crt")))
            File.WriteAllText(Path("ca.crt"), certificate.ExportCertificatePem());
    }

    private void WriteKubeconfig() => File.WriteAllText(Path("config"), """
        apiVersion: v1
        kind: Config
        current-context: test
        contexts:
        - name: test
          context: { cluster: test, user: test }
        clusters:
        - name: test
          cluster: { server: "https://127.0.0.1:1", certificate-authority: ca.crt }
        users:
        - name: test
          user: { client-certificate: client.crt, client-key: client.key }
        """);
}
