using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.ControllerManager.CertificateSigning;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.CertificateSigning;

public sealed class CertificateSignerTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("ballast-signer-").FullName;
    private readonly X509Certificate2 _ca;
    private readonly Cluster _cluster;

    public CertificateSignerTests()
    {
        _ca = WriteCa(days: 3650);
        _cluster = new(options: new() { Signing = SigningOptions.With(new(Path.Combine(_folder, "ca.crt"), Path.Combine(_folder, "ca.key"))) });
    }

    [Fact]
    public async Task An_approved_request_gets_a_certificate_of_the_CA_for_its_subject_and_usages()
    {
        using var issued = await IssueAsync(Requests.KubeletClient("a", "x").Approved(DateTime.UtcNow));
        Assert.Contains("CN=system:node:a", issued.Subject, StringComparison.Ordinal);
        Assert.Contains("O=system:nodes", issued.Subject, StringComparison.Ordinal);
        Assert.Equal(["1.3.6.1.5.5.7.3.2"], issued.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value));
        Assert.False(issued.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
        Assert.InRange(issued.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddHours(8758), DateTime.UtcNow.AddHours(8761));
        Assert.InRange(issued.NotBefore.ToUniversalTime(), DateTime.UtcNow.AddMinutes(-6), DateTime.UtcNow.AddMinutes(-4));
    }

    [Fact]
    public async Task A_serving_certificate_keeps_its_names_and_the_lifetime_asked_for()
    {
        using var issued = await IssueAsync(Requests.Of("serving", "kubernetes.io/kubelet-serving", "system:node:a", "system:nodes", "system:node:a",
            ["digital signature", "server auth"], dnsNames: ["a.example.com"], expirationSeconds: 3600).Approved(DateTime.UtcNow));
        var names = issued.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["a.example.com"], names.EnumerateDnsNames());
        Assert.Equal(["10.0.0.7"], names.EnumerateIPAddresses().Select(a => a.ToString()));
        Assert.InRange(issued.NotAfter.ToUniversalTime(), DateTime.UtcNow.AddMinutes(58), DateTime.UtcNow.AddMinutes(61));
    }

    [Fact]
    public async Task A_certificate_never_outlives_its_CA()
    {
        using var shortCa = WriteCa(days: 1);
        using var issued = await IssueAsync(Requests.KubeletClient("a", "x").Approved(DateTime.UtcNow), shortCa);
        Assert.Equal(shortCa.NotAfter, issued.NotAfter);
    }

    [Theory]
    [InlineData("kubernetes.io/kube-apiserver-client-kubelet", "admin", "system:nodes")]
    [InlineData("kubernetes.io/kube-apiserver-client-kubelet", "system:node:a", "system:masters")]
    [InlineData("kubernetes.io/kubelet-serving", "system:node:a", "system:nodes")]
    public async Task A_request_that_its_signer_does_not_accept_fails_for_good(string signer, string commonName, string organization)
    {
        await CreateAsync(Requests.Of("wrong", signer, commonName, organization, "x", ["digital signature", "client auth"]).Approved(DateTime.UtcNow));
        await _cluster.UntilAsync(async () => (await FindAsync("wrong")).Status?.Conditions?.Any(c => c is { Type: "Failed", Reason: "SignerValidationFailure" }) == true, "the failure");
        Assert.Null((await FindAsync("wrong")).Status.Certificate);
    }

    [Fact]
    public async Task Undecided_denied_and_foreign_requests_are_left_alone()
    {
        await CreateAsync(
            Requests.KubeletClient("undecided", "x"),
            Requests.KubeletClient("denied", "x").With("Denied", DateTime.UtcNow),
            Requests.Of("foreign", "example.com/signer", "a", "b", "x", ["client auth"]).Approved(DateTime.UtcNow),
            Requests.KubeletClient("last", "x").Approved(DateTime.UtcNow));
        await _cluster.UntilAsync(async () => (await FindAsync("last-client")).Status?.Certificate is { Length: > 0 }, "the last one's certificate");
        foreach (var name in (string[])["undecided-client", "denied-client", "foreign"])
            Assert.Null((await FindAsync(name)).Status?.Certificate);
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _ca.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<X509Certificate2> IssueAsync(V1CertificateSigningRequest csr, X509Certificate2? ca = null)
    {
        await CreateAsync(csr);
        await _cluster.UntilAsync(async () => (await FindAsync(csr.Metadata.Name)).Status?.Certificate is { Length: > 0 }, "the certificate");
        var issued = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString((await FindAsync(csr.Metadata.Name)).Status.Certificate));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(ca ?? _ca);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(issued));
        return issued;
    }

    private async Task CreateAsync(params V1CertificateSigningRequest[] requests)
    {
        foreach (var request in requests)
        {
            await _cluster.Client.Resources<V1CertificateSigningRequest>().CreateAsync(request, Cluster.Cancel);
            if (request.Status is { } status)
                await _cluster.Client.Resources<V1CertificateSigningRequest>().MergePatchAsync(null, request.Metadata.Name, new { status }, Cluster.Cancel, "status");
        }
        await _cluster.RunAsync(c => new CertificateSigner(c));
    }

    private Task<V1CertificateSigningRequest> FindAsync(string name) => _cluster.GetAsync<V1CertificateSigningRequest>(name, null);

    private X509Certificate2 WriteCa(int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        var ca = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(days));
        File.WriteAllText(Path.Combine(_folder, "ca.crt"), ca.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "ca.key"), key.ExportECPrivateKeyPem());
        return ca;
    }
}
