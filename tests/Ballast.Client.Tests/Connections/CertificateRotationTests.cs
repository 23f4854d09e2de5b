using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Client.Tests.Connections;

public sealed class CertificateRotationTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task New_requests_take_the_new_certificate_and_those_under_way_are_left_alone()
    {
        Write("first");
        var connected = new List<Connection>();
        using var client = new HttpMessageInvoker(new CertificateRotationHandler(new KubeconfigFile(_path), certificate =>
        {
            connected.Add(new(certificate!.Subject));
            return connected[^1];
        }, _time));
        await SendAsync();
        await SendAsync();
        Assert.Equal(["CN=first"], connected.Select(c => c.Subject));

        Write("second");
        await SendAsync(); // not looked at yet
        Assert.Single(connected);
        _time.Advance(TimeSpan.FromSeconds(1));
        await SendAsync();
        Assert.Equal([("CN=first", 3, false), ("CN=second", 1, false)], connected.Select(c => (c.Subject, c.Requests, c.IsDisposed)));

        Task SendAsync() => client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "https://test"), TestContext.Current.CancellationToken);
    }

    public void Dispose() => File.Delete(_path);

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        File.WriteAllText(_path, $$"""
            apiVersion: v1
            kind: Config
            current-context: test
            contexts:
            - name: test
              context: { cluster: test, user: test }
            clusters:
            - name: test
              cluster: { server: "https://127.0.0.1:1", certificate-authority-data: {{Base64(certificate.ExportCertificatePem())}} }
            users:
            - name: test
              user: { client-certificate-data: {{Base64(certificate.ExportCertificatePem())}}, client-key-data: {{Base64(key.ExportPkcs8PrivateKeyPem())}} }
            """);
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(text));

    private sealed class Connection(string subject) : HttpMessageHandler
    {
        public string Subject { get; } = subject;

        public int Requests { get; private set; }

        public bool IsDisposed { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            return Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
        }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
