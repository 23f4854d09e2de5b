using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Certificates;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Certificates;

public sealed class CertificateRenewalTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(Start);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256)]
    [InlineData(KeyAlgorithm.Rsa2048)]
    public void All_are_renewed_with_the_same_subject_names_usages_and_kind_of_key(KeyAlgorithm algorithm)
    {
        var paths = TestHost.Make(_folder.Path, _time, algorithm);
        var before = Read(paths);
        _time.Advance(TimeSpan.FromDays(100));
        Assert.Equal(before.Keys, new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: false));
        foreach (var (name, after) in Read(paths))
        {
            Assert.Equal(before[name].Subject, after.Subject);
            Assert.Equal(before[name].GetKeyAlgorithm(), after.GetKeyAlgorithm());
            Assert.Equal(Extensions(before[name]), Extensions(after));
            Assert.NotEqual(before[name].GetPublicKeyString(), after.GetPublicKeyString());
            Assert.Equal(_time.GetUtcNow().AddDays(365), after.NotAfter.ToUniversalTime());
            Assert.True(after.HasPrivateKey);
        }
    }

    [Fact]
    public void A_kubeconfig_keeps_everything_else_that_is_in_it()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        var file = paths.Kubeconfig("admin.conf");
        File.WriteAllText(file, "# mine\n" + File.ReadAllText(file).Replace("https://127.0.9.1:6443", "https://api.example.com:6443", StringComparison.Ordinal));
        new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All.Where(c => c.Name == "admin.conf"), onlyDue: false);
        Assert.StartsWith("# mine\n", File.ReadAllText(file), StringComparison.Ordinal);
        Assert.Contains("server: https://api.example.com:6443", File.ReadAllText(file), StringComparison.Ordinal);
    }

    /// <summary>Looked after every twelve hours for three years, no certificate is ever found ended, whatever the length of a month.</summary>
    [Fact]
    public void The_clock_moves_past_every_expiry_and_no_certificate_has_ended_at_any_time()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        var renewed = 0;
        for (var looks = 0; looks < 3 * 365 * 2; looks++)
        {
            _time.Advance(TimeSpan.FromHours(12));
            var ends = CertificateExpiration.Of("control-plane-1", paths, paths, _time).Where(c => c.CaName.Length > 0).ToList();
            Assert.All(ends, c => Assert.True(c.ResidualTime > TimeSpan.FromDays(365 / 3 - 1), $"{c.Name} had {c.ResidualTime} left on {_time.GetUtcNow():u}"));
            renewed += new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: true).Count;
        }
        Assert.Equal(12 * 4, renewed);
    }

    /// <summary>The host was switched off for two years: no API and no etcd is asked, so nothing keeps it out.</summary>
    [Fact]
    public void A_host_whose_certificates_have_all_ended_renews_them_too()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        _time.Advance(TimeSpan.FromDays(730));
        Assert.All(CertificateExpiration.Of("control-plane-1", paths, paths, _time).Where(c => c.CaName.Length > 0), c => Assert.True(c.ResidualTime < TimeSpan.Zero));
        new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: true);
        Assert.All(CertificateExpiration.Of("control-plane-1", paths, paths, _time), c => Assert.True(c.ResidualTime > TimeSpan.FromDays(364)));
    }

    [Fact]
    public void Without_the_key_of_the_CA_a_certificate_is_left_alone_and_told_as_externally_managed()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        File.Delete(paths.Pki("etcd/ca.key"));
        var renewed = new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: false);
        Assert.DoesNotContain("etcd-server", renewed);
        Assert.Contains("apiserver", renewed);
        Assert.True(CertificateExpiration.Of("control-plane-1", paths, paths, _time).Single(c => c.Name == "etcd-server").ExternallyManaged);
    }

    [Fact]
    public void A_CA_that_has_ended_signs_nothing()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        _time.Advance(TimeSpan.FromDays(CertificateAuthority.CaDays + 1));
        var refused = Assert.Throws<PkiException>(() => new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: false));
        Assert.Contains("has ended", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_at_once_are_refused()
    {
        var paths = TestHost.Make(_folder.Path, _time);
        using var held = CertificateRenewal.Lock(paths);
        Assert.Throws<ClusterException>(() => new CertificateRenewal(paths, paths, _time).Renew(HostCertificate.All, onlyDue: false));
    }

    private static Dictionary<string, X509Certificate2> Read(HostPaths paths) =>
        HostCertificate.All.Where(c => c.IsOn(paths)).ToDictionary(c => c.Name, c => c.Read(paths) is { } pair ? X509Certificate2.CreateFromPem(pair.CertificatePem, pair.KeyPem) : throw new InvalidOperationException(c.Name));

    private static string[] Extensions(X509Certificate2 certificate) =>
        [.. certificate.Extensions.Where(e => e.Oid!.Value is not ("2.5.29.14" or "2.5.29.35")).Select(e => $"{e.Oid!.Value} {e.Critical} {Convert.ToHexString(e.RawData)}")];
}
