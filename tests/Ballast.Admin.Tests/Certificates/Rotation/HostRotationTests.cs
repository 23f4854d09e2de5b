using System.Security.Cryptography.X509Certificates;
using Ballast.Admin.Certificates;
using Ballast.Admin.Certificates.Rotation;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.Pki;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Certificates.Rotation;

/// <summary>The files of several hosts, which go through a rotation in any order that the gate allows, and are killed on the way.</summary>
public sealed class HostRotationTests : IDisposable
{
    private static readonly string[] Names = ["cp1", "cp2", "worker1"];

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_the_order_and_whoever_is_killed_each_host_accepts_what_every_other_shows(int seed)
    {
        var random = new Random(seed);
        var hosts = MakeHosts();
        var keys = new CaRotationKeys(Path.Combine(_folder.Path, "keys"));
        keys.Generate(hosts["cp1"], HostCertificate.Authorities, _time);
        var next = keys.Announce("1", HostCertificate.Authorities);
        var old = File.ReadAllText(hosts["cp1"].Pki("ca.crt"));
        var done = Names.ToDictionary(n => n, _ => (RotationStage?)null);
        while (Progress().Current is not null)
        {
            var able = Progress().Hosts.Where(h => h.Next is not null && Progress().WaitedForBy(h).Count == 0).ToList();
            var host = able[random.Next(able.Count)];
            var kill = random.Next(2) == 0;
            try
            {
                await Rotation(hosts[host.Name], kill ? random.Next(8) : int.MaxValue).DistributeAsync(host.Next!.Value, Cancel);
                done[host.Name] = host.Next;
            }
            catch (KilledException)
            {
                // It is run again, some time.
            }
            AssertAccepted(hosts.Values);
        }

        foreach (var host in hosts.Values)
        {
            foreach (var authority in HostCertificate.Authorities.Where(a => File.Exists(host.Pki(a + ".crt"))))
                Assert.Equal(next.Certificates[authority], File.ReadAllText(host.Pki(authority + ".crt")));
            Assert.All(Shown(host), s => Assert.True(CertificateAuthority.HasSigned(next.Certificates[s.Authority], s.Certificate)));
        }
        Assert.NotEqual(old, next.Certificates["ca"]);
        Assert.True(keys.AreInUse(hosts["cp1"]));

        RotationProgress Progress() => new([.. done.Select(d => new RotationHost(d.Key, d.Key != "worker1", d.Value))]);

        HostRotation Rotation(HostPaths host, int killedAfter)
        {
            var signed = 0;
            return new(host, next, keys, _time)
            {
                ReissueAsync = (certificate, current, _) => ++signed > killedAfter ? throw new KilledException() : Task.FromResult<KeyPair?>(keys.Reissue(certificate, current, _time)),
            };
        }
    }

    [Fact]
    public async Task What_somebody_else_has_added_is_accepted_until_the_old_is_dropped_and_what_is_repeated_changes_nothing()
    {
        var host = MakeHosts()["cp1"];
        using var other = CertificateAuthority.LoadOrCreate(Path.Combine(_folder.Path, "other"), "other", KeyAlgorithm.EcdsaP256, _time);
        File.AppendAllText(host.Pki("ca.crt"), other.CertificatePem);
        var keys = new CaRotationKeys(Path.Combine(_folder.Path, "keys"));
        keys.Generate(host, ["ca"], _time);
        var rotation = new HostRotation(host, keys.Announce("1", ["ca"]), keys, _time);
        var etcd = File.ReadAllText(host.Pki("apiserver-etcd-client.crt"));
        foreach (var stage in new[] { RotationStage.AcceptBoth, RotationStage.Reissue })
        {
            Assert.Empty(await rotation.DistributeAsync(stage, Cancel));
            var after = Directory.EnumerateFiles(host.Kubernetes, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)).ToDictionary(f => f, File.ReadAllText);
            await rotation.DistributeAsync(stage, Cancel);
            Assert.All(after, f => Assert.Equal(f.Value, File.ReadAllText(f.Key)));
            Assert.Contains(other.CertificatePem, File.ReadAllText(host.Pki("ca.crt")), StringComparison.Ordinal);
        }
        await rotation.DistributeAsync(RotationStage.DropOld, Cancel);
        Assert.DoesNotContain(other.CertificatePem, File.ReadAllText(host.Pki("ca.crt")), StringComparison.Ordinal);
        // The CA of etcd was not to be replaced.
        Assert.Equal(etcd, File.ReadAllText(host.Pki("apiserver-etcd-client.crt")));
    }

    [Fact]
    public async Task What_nobody_can_sign_for_a_host_is_named_and_accepts_the_new_CA_all_the_same()
    {
        var hosts = MakeHosts();
        var keys = new CaRotationKeys(Path.Combine(_folder.Path, "keys"));
        keys.Generate(hosts["cp1"], ["ca"], _time);
        var next = keys.Announce("1", ["ca"]);
        var rotation = new HostRotation(hosts["worker1"], next, keys, _time) { ReissueAsync = (_, _, _) => Task.FromResult<KeyPair?>(null) };
        Assert.Empty(await rotation.DistributeAsync(RotationStage.AcceptBoth, Cancel));
        Assert.Equal(["kubelet.conf"], (await rotation.DistributeAsync(RotationStage.Reissue, Cancel)).Select(c => c.Name));
        Assert.StartsWith(next.Certificates["ca"], EmbeddedCredentials.Read(hosts["worker1"].Kubeconfig("kubelet.conf"))!.CaPem, StringComparison.Ordinal);
    }

    /// <summary>Two control planes with the same CAs, and a worker.</summary>
    private Dictionary<string, HostPaths> MakeHosts()
    {
        var first = TestHost.Make(Path.Combine(_folder.Path, "cp1"), _time);
        var second = new HostPaths(Path.Combine(_folder.Path, "cp2"));
        new ControlPlanePki(second, KeyAlgorithm.EcdsaP256, _time).CopyShared(first);
        TestHost.Make(second.Root, _time);
        var worker = new HostPaths(Path.Combine(_folder.Path, "worker1"));
        Directory.CreateDirectory(worker.Pki(""));
        File.Copy(first.Pki("ca.crt"), worker.Pki("ca.crt"));
        File.Copy(first.Kubeconfig("kubelet.conf"), worker.Kubeconfig("kubelet.conf"));
        return new() { ["cp1"] = first, ["cp2"] = second, ["worker1"] = worker };
    }

    private static void AssertAccepted(IReadOnlyCollection<HostPaths> hosts)
    {
        foreach (var host in hosts)
        {
            foreach (var (authority, certificate) in hosts.SelectMany(Shown).Where(s => File.Exists(host.Pki(s.Authority + ".crt"))))
                Assert.True(Accepts(File.ReadAllText(host.Pki(authority + ".crt")), certificate), $"{certificate.Subject} is not accepted by {host.Root}");
            foreach (var certificate in HostCertificate.All.Where(c => c.IsKubeconfig && c.IsOn(host)))
                Assert.All(hosts.SelectMany(Shown).Where(s => s.Certificate.Subject == "CN=kube-apiserver"), s => Assert.True(Accepts(EmbeddedCredentials.Read(host.Kubeconfig(certificate.File))!.CaPem, s.Certificate)));
            foreach (var other in hosts.Where(h => File.Exists(h.Pki("sa.key")) && File.Exists(host.Pki("sa.pub"))))
                Assert.Contains(PublicOf(File.ReadAllText(other.Pki("sa.key"))), File.ReadAllText(host.Pki("sa.pub")), StringComparison.Ordinal);
            // What signs fits its key.
            foreach (var authority in HostCertificate.Authorities.Where(a => File.Exists(host.Pki(a + ".key"))))
                CertificateAuthority.Load(host.Pki(authority)).Dispose();
        }
    }

    private static IEnumerable<(string Authority, X509Certificate2 Certificate)> Shown(HostPaths host) =>
        HostCertificate.All.Where(c => c.IsOn(host)).Select(c => (c.Authority, HostCertificate.Parse(c.Read(host)!.CertificatePem, c.Name)));

    private static bool Accepts(string bundle, X509Certificate2 certificate) => PemText.Blocks(bundle).Any(ca => CertificateAuthority.HasSigned(ca, certificate));

    private static string PublicOf(string keyPem)
    {
        using var key = System.Security.Cryptography.ECDsa.Create();
        key.ImportFromPem(keyPem);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private sealed class KilledException : Exception;
}
