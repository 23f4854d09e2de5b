using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.Admin.Certificates;
using Ballast.Admin.Certificates.Rotation;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Pki;
using Ballast.Client;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Certificates.Rotation;

/// <summary>A worker's part in a rotation: its certificate is signed by whoever signs in the cluster.</summary>
public sealed class MachineCaRotationTests : IDisposable
{
    private const string Node = "control-plane-1";

    private readonly InMemoryApiServer _server = new();
    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly NoSteps _steps = new();
    private readonly ApiClient _client;
    private readonly RotationRecord _record;
    private readonly HostPaths _controlPlane;
    private readonly HostPaths _worker;
    private readonly CaRotationKeys _keys;

    public MachineCaRotationTests()
    {
        _client = _server.CreateClient();
        _record = new(_client);
        _controlPlane = TestHost.Make(Path.Combine(_folder.Path, "cp1"), _time);
        _worker = new(Path.Combine(_folder.Path, "worker"));
        foreach (var folder in new[] { _worker.Pki(""), _worker.KubeletData })
            Directory.CreateDirectory(folder);
        File.Copy(_controlPlane.Pki("ca.crt"), _worker.Pki("ca.crt"));
        File.Copy(_controlPlane.Kubeconfig("kubelet.conf"), _worker.Kubeconfig("kubelet.conf"));
        File.WriteAllText(_worker.KubeletConfig, "address: 127.0.9.101\n");
        _keys = new(Path.Combine(_folder.Path, "keys"));
        _keys.Generate(_controlPlane, HostCertificate.Authorities, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private NewAuthorities Next => _keys.Announce("1", HostCertificate.Authorities);

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task It_does_not_begin_one()
    {
        var none = await Assert.ThrowsAsync<ClusterException>(() => RunAsync());
        Assert.Equal($"no CAs are being replaced, and {Node} is a worker: it begins on a control plane", none.Message);
        var keys = await Assert.ThrowsAsync<ClusterException>(() => new MachineCaRotation(_worker, _steps, _time) { Upload = true, IsWanted = _ => true }.RunAsync(Cancel));
        Assert.Equal(2, keys.ExitCode);
    }

    [Fact]
    public async Task It_goes_through_all_stages_each_when_the_others_are_so_far()
    {
        await BeginAsync();
        Assert.Equal(RotationStage.AcceptBoth, (await RunAsync())!.Done);
        Assert.Equal(2, PemText.Blocks(await File.ReadAllTextAsync(_worker.Pki("ca.crt"), Cancel)).Count);

        foreach (var behind in new RotationStage?[] { null, RotationStage.AcceptBoth })
        {
            if (behind is { } done)
                await _record.RecordAsync("1", "cp1", done, Cancel);
            var waits = await RunAsync();
            Assert.Null(waits!.Done);
            Assert.Equal(["cp1"], waits.WaitedFor.Select(h => h.Name));
        }
        await _record.RecordAsync("1", "cp1", RotationStage.Reissue, Cancel);
        using var ca = SignerOf(_keys);
        Assert.Equal(RotationStage.Reissue, (await RunAsync(ca))!.Done);
        Assert.True(CertificateAuthority.HasSigned(Next.Certificates["ca"], Certificate()));

        Assert.Equal(RotationStage.DropOld, (await RunAsync())!.Done);
        Assert.Equal(Next.Certificates["ca"], await File.ReadAllTextAsync(_worker.Pki("ca.crt"), Cancel));
        await _record.RecordAsync("1", "cp1", RotationStage.DropOld, Cancel);
        var over = await RunAsync();
        Assert.Null(over!.Done);
        Assert.Null(over.Progress.Current);
        Assert.False(Directory.Exists(_worker.CaRotation));
    }

    [Fact]
    public async Task A_certificate_that_the_old_CA_signed_is_not_taken()
    {
        await BeginAsync();
        await RunAsync();
        await _record.RecordAsync("1", "cp1", RotationStage.Reissue, Cancel);
        var before = Certificate().Thumbprint;
        using var old = X509Certificate2.CreateFromPemFile(_controlPlane.Pki("ca.crt"), _controlPlane.Pki("ca.key"));
        var refused = await Assert.ThrowsAsync<ClusterException>(() => RunAsync(old));
        Assert.Contains("was signed by the old CA: a controller manager still has its key", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Certificate().Thumbprint);
        Assert.Equal(RotationStage.AcceptBoth, (await _record.ProgressAsync("1", Cancel)).Hosts.Single(h => h.Name == Node).Done);
        // Run again, when it is mended.
        using var ca = SignerOf(_keys);
        Assert.Equal(RotationStage.Reissue, (await RunAsync(ca))!.Done);
    }

    private async Task BeginAsync()
    {
        var nodes = _client.Resources<V1Node>();
        await nodes.CreateAsync(new() { Metadata = new() { Name = "cp1", Labels = new Dictionary<string, string> { ["node-role.kubernetes.io/control-plane"] = "" } } }, Cancel);
        await nodes.CreateAsync(new() { Metadata = new() { Name = Node } }, Cancel);
        await _record.BeginAsync(Next, Cancel);
    }

    private X509Certificate2 Certificate() => HostCertificate.Parse(HostCertificate.All.Single(c => c.Name == "kubelet.conf").Read(_worker)!.CertificatePem, "kubelet.conf");

    private static X509Certificate2 SignerOf(CaRotationKeys keys) => X509Certificate2.CreateFromPem(keys.Authority("ca").CertificatePem, keys.Authority("ca").KeyPem);

    /// <summary>Runs on the worker, while time goes on and requests for certificates are signed.</summary>
    private async Task<RotationOutcome?> RunAsync(X509Certificate2? signer = null)
    {
        var run = new MachineCaRotation(_worker, _steps, _time) { IsWanted = _ => true }.WorkerAsync(_client, Cancel);
        for (var round = 0; !run.IsCompleted; round++)
        {
            Assert.True(round < 2000, "it does not end");
            if (signer is not null)
                await SignAsync(signer);
            _time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(5, Cancel);
        }
        return await run;
    }

    private async Task SignAsync(X509Certificate2 signer)
    {
        var requests = _client.Resources<V1CertificateSigningRequest>();
        foreach (var request in (await requests.ListAsync(ListScope.All, Cancel)).Items.Where(r => r.Status?.Certificate is null))
        {
            var asked = CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(request.Spec.Request), HashAlgorithmName.SHA256);
            Assert.Equal($"O=system:nodes, CN=system:node:{Node}", asked.SubjectName.Name);
            using var key = signer.GetECDsaPrivateKey()!;
            using var certificate = asked.Create(signer.SubjectName, X509SignatureGenerator.CreateForECDsa(key), _time.GetUtcNow().AddMinutes(-5), _time.GetUtcNow().AddDays(365), [1, 2, 3]);
            await requests.UpdateStatusAsync(request with { Status = new() { Certificate = Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()) } }, Cancel);
        }
    }
}
