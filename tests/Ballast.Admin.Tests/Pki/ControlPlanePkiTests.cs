using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Tests.Pki;

public sealed class ControlPlanePkiTests : IDisposable
{
    private static readonly PkiNames Names = new("control-plane-1", IPAddress.Parse("127.0.9.11"))
    {
        EndpointNames = ["load-balancer", "api.example.com"],
        EndpointAddresses = [IPAddress.Parse("127.0.9.1")],
        FirstServiceAddress = IPAddress.Parse("10.96.0.1"),
    };

    private readonly TemporaryFolder _folder = new();

    private HostPaths Paths => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Makes_every_file_that_kubeadm_makes()
    {
        MakeAll();
        var pki = Paths.Pki("");
        Assert.Equal(
            [
                "apiserver-etcd-client.crt", "apiserver-etcd-client.key", "apiserver-kubelet-client.crt", "apiserver-kubelet-client.key", "apiserver.crt", "apiserver.key",
                "ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "etcd/healthcheck-client.crt", "etcd/healthcheck-client.key", "etcd/peer.crt", "etcd/peer.key",
                "etcd/server.crt", "etcd/server.key", "front-proxy-ca.crt", "front-proxy-ca.key", "front-proxy-client.crt", "front-proxy-client.key", "sa.key", "sa.pub",
            ],
            Directory.EnumerateFiles(pki, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(pki, f)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Keys_are_their_owners_alone()
    {
        MakeAll();
        foreach (var key in Directory.EnumerateFiles(Paths.Pki(""), "*.key", SearchOption.AllDirectories))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
    }

    [Theory]
    [InlineData("apiserver", "ca", "CN=kube-apiserver", "1.3.6.1.5.5.7.3.1")]
    [InlineData("apiserver-kubelet-client", "ca", "O=kubeadm:cluster-admins, CN=kube-apiserver-kubelet-client", "1.3.6.1.5.5.7.3.2")]
    [InlineData("apiserver-etcd-client", "etcd/ca", "CN=kube-apiserver-etcd-client", "1.3.6.1.5.5.7.3.2")]
    [InlineData("etcd/server", "etcd/ca", "CN=control-plane-1", "1.3.6.1.5.5.7.3.1,1.3.6.1.5.5.7.3.2")]
    [InlineData("etcd/peer", "etcd/ca", "CN=control-plane-1", "1.3.6.1.5.5.7.3.1,1.3.6.1.5.5.7.3.2")]
    [InlineData("etcd/healthcheck-client", "etcd/ca", "CN=kube-etcd-healthcheck-client", "1.3.6.1.5.5.7.3.2")]
    [InlineData("front-proxy-client", "front-proxy-ca", "CN=front-proxy-client", "1.3.6.1.5.5.7.3.2")]
    public void Certificates_have_kubeadms_subject_issuer_and_usage(string name, string issuer, string subject, string usages)
    {
        MakeAll();
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Paths.Pki(name + ".crt"));
        using var ca = X509CertificateLoader.LoadCertificateFromFile(Paths.Pki(issuer + ".crt"));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate));
        Assert.Equal(subject, certificate.Subject.Replace("\"", "", StringComparison.Ordinal));
        Assert.Equal(usages, string.Join(',', certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value)));
        Assert.Equal(365, (certificate.NotAfter - certificate.NotBefore).Days);
    }

    [Fact]
    public void The_API_server_answers_to_every_name_it_is_called_by()
    {
        MakeAll();
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Paths.Pki("apiserver.crt"));
        foreach (var name in new[]
        {
            "control-plane-1", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "load-balancer", "api.example.com",
            "10.96.0.1", "127.0.9.11", "127.0.9.1",
        })
        {
            Assert.True(certificate.MatchesHostname(name), name);
        }
        Assert.False(certificate.MatchesHostname("127.0.9.12"));
    }

    [Fact]
    public void A_second_run_changes_nothing()
    {
        MakeAll();
        var before = Snapshot();
        MakeAll();
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void A_CA_with_one_file_missing_is_named_and_left_alone()
    {
        MakeAll();
        File.Delete(Paths.Pki("etcd/ca.key"));
        var before = Snapshot();
        var error = Assert.Throws<PkiException>(MakeAll);
        Assert.Contains("etcd/ca.key is missing", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Snapshot());
    }

    [Fact]
    public void RSA_keys_are_made_on_request()
    {
        MakeAll(KeyAlgorithm.Rsa2048);
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(Paths.Pki("apiserver.crt"));
        using var key = certificate.GetRSAPublicKey();
        Assert.Equal(2048, key!.KeySize);
        Assert.StartsWith("-----BEGIN RSA PRIVATE KEY-----", File.ReadAllText(Paths.Pki("sa.key")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_further_control_plane_shares_the_CAs_and_has_certificates_of_its_own()
    {
        MakeAll();
        using var other = new TemporaryFolder();
        var paths = new HostPaths(other.Path);
        var pki = new ControlPlanePki(paths, KeyAlgorithm.EcdsaP256, TimeProvider.System);
        pki.CopyShared(Paths);
        pki.EnsureApiServer(Names with { HostName = "control-plane-2", Address = IPAddress.Parse("127.0.9.12") });
        foreach (var file in ControlPlanePki.SharedFiles)
            Assert.Equal(File.ReadAllText(Paths.Pki(file)), File.ReadAllText(paths.Pki(file)));
        Assert.NotEqual(File.ReadAllText(Paths.Pki("apiserver.crt")), File.ReadAllText(paths.Pki("apiserver.crt")));
    }

    private void MakeAll() => MakeAll(KeyAlgorithm.EcdsaP256);

    private void MakeAll(KeyAlgorithm algorithm)
    {
        var pki = new ControlPlanePki(Paths, algorithm, TimeProvider.System);
        pki.EnsureShared();
        pki.EnsureApiServer(Names);
        pki.EnsureEtcdClient();
        pki.EnsureEtcdMember(Names);
    }

    private Dictionary<string, string> Snapshot() =>
        Directory.EnumerateFiles(Paths.Pki(""), "*", SearchOption.AllDirectories).ToDictionary(f => f, File.ReadAllText);
}
