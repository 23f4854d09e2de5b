using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.Client;
using Ballast.Kubelet.Certificates;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Kubelet.Tests.Certificates;

public sealed class ClientCertificateRotationTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(Start);
    private readonly InMemoryApiServer _api = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly ClientCertificateStore _store;
    private readonly X509Certificate2 _ca;
    private Task _running = Task.CompletedTask;

    public ClientCertificateRotationTests()
    {
        _client = _api.CreateClient();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=kubernetes", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _ca = request.CreateSelfSigned(Start.AddDays(-1), Start.AddDays(3650));
        _store = new(_folder["kubelet.conf"], _folder["kubelet"], _time);
        WriteKubeconfig();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        _client.Dispose();
        _ca.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_is_asked_for_before_70_percent_of_the_lifetime_and_something_by_90()
    {
        Run();
        await AdvanceAsync(TimeSpan.FromDays(250));
        Assert.Empty(await RequestsAsync());
        await AdvanceUntilAsync(async () => (await RequestsAsync()).Count == 1, TimeSpan.FromDays(365 * 0.9 - 250 + 1));
        var csr = (await RequestsAsync())[0];
        Assert.Equal("kubernetes.io/kube-apiserver-client-kubelet", csr.Spec.SignerName);
        Assert.Equal(["digital signature", "client auth"], csr.Spec.Usages);
        Assert.Equal("O=system:nodes, CN=system:node:worker-1", RequestOf(csr).SubjectName.Name);
    }

    [Fact]
    public async Task The_certificate_that_was_signed_is_used_from_then_on_and_rotated_in_its_turn()
    {
        Run();
        for (var round = 1; round <= 3; round++)
        {
            using var before = _store.Current()!;
            await AdvanceUntilAsync(async () => await SignAsync() || _store.Current()!.Thumbprint != before.Thumbprint, TimeSpan.FromDays(365));
            await AdvanceUntilAsync(() => Task.FromResult(_store.Current()!.Thumbprint != before.Thumbprint), TimeSpan.FromDays(1));
            using var after = _store.Current()!;
            Assert.True(before.NotAfter.ToUniversalTime() > _time.GetUtcNow().UtcDateTime, "it was rotated before it ended");
            Assert.True(after.NotAfter > before.NotAfter);
        }
        var link = new FileInfo(_folder["kubelet/pki/kubelet-client-current.pem"]);
        Assert.StartsWith("kubelet-client-", link.LinkTarget, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(link.DirectoryName!, link.LinkTarget!)));
        using var usable = X509Certificate2.CreateFromPemFile(link.FullName);
        Assert.True(usable.HasPrivateKey);
        Assert.Contains($"client-certificate: {link.FullName}\n", await File.ReadAllTextAsync(_folder["kubelet.conf"], TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_request_is_followed_by_another()
    {
        Run();
        await AdvanceUntilAsync(async () => (await RequestsAsync()).Count == 1, TimeSpan.FromDays(365));
        var csr = (await RequestsAsync())[0];
        csr.Status = new() { Conditions = [new() { Type = "Denied", Status = "True", Reason = "No", Message = "not now" }] };
        await _client.Resources<V1CertificateSigningRequest>().UpdateAsync(csr, "status", TestContext.Current.CancellationToken);
        await AdvanceUntilAsync(async () => (await RequestsAsync()).Count == 2, TimeSpan.FromHours(2));
    }

    private void Run() =>
        _running = new ClientCertificateRotation(_client, _store, _time, new Random(1), NullLogger<ClientCertificateRotation>.Instance).RunAsync(_stop.Token);

    private async Task<IList<V1CertificateSigningRequest>> RequestsAsync() =>
        (await _client.Resources<V1CertificateSigningRequest>().ListAsync(new ListScope(), TestContext.Current.CancellationToken)).Items.ToList();

    private async Task<bool> SignAsync()
    {
        if ((await RequestsAsync()).FirstOrDefault(r => r.Status?.Certificate is null) is not { } csr)
            return false;
        using var signed = RequestOf(csr).Create(_ca, _time.GetUtcNow().AddMinutes(-5), _time.GetUtcNow().AddDays(365), [1, 2, 3, 4]);
        csr.Status = new() { Certificate = Encoding.ASCII.GetBytes(signed.ExportCertificatePem() + "\n") };
        await _client.Resources<V1CertificateSigningRequest>().UpdateAsync(csr, "status", TestContext.Current.CancellationToken);
        return true;
    }

    private static CertificateRequest RequestOf(V1CertificateSigningRequest csr) =>
        CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(csr.Spec.Request), HashAlgorithmName.SHA256);

    private async Task AdvanceAsync(TimeSpan span)
    {
        for (var moved = TimeSpan.Zero; moved < span; moved += TimeSpan.FromHours(6))
        {
            _time.Advance(TimeSpan.FromHours(6));
            await Task.Yield();
        }
    }

    /// <summary>Moves the clock on, a little real time with each step, until it is so; fails where the clock has to move further than <paramref name="most"/>.</summary>
    private async Task AdvanceUntilAsync(Func<Task<bool>> isSo, TimeSpan most)
    {
        var step = most / 100;
        for (var moved = TimeSpan.Zero; moved <= most; moved += step)
        {
            if (await isSo())
                return;
            _time.Advance(step);
            await Task.Delay(2, TestContext.Current.CancellationToken);
        }
        Assert.Fail($"not within {most}");
    }

    private void WriteKubeconfig()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("O=system:nodes, CN=system:node:worker-1", key, HashAlgorithmName.SHA256).Create(_ca, Start, Start.AddDays(365), [1]);
        File.WriteAllText(_folder["kubelet.conf"], $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts:
            - name: test
              context: { cluster: test, user: test }
            clusters:
            - name: test
              cluster:
                server: https://127.0.0.1:1
                certificate-authority-data: {{Base64(_ca.ExportCertificatePem())}}
            users:
            - name: test
              user:
                client-certificate-data: {{Base64(certificate.ExportCertificatePem())}}
                client-key-data: {{Base64(key.ExportECPrivateKeyPem())}}

            """);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
