using System.Text;
using Ballast.Admin.Tokens;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Admin.Tests.Tokens;

/// <summary>What hosts join with ends by itself.</summary>
public sealed class SecretLifetimeTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly InMemoryApiServer _server = new();
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task A_token_ends_after_a_day()
    {
        using var client = _server.CreateClient();
        var secret = await new BootstrapTokenSecrets(client, _time).CreateAsync(BootstrapToken.Generate(), Cancel);
        Assert.Equal("2026-05-02T12:00:00Z", Text(secret, "expiration"));
    }

    [Fact]
    public async Task Uploaded_certificates_go_with_a_token_of_two_hours_that_nobody_can_join_with()
    {
        using var client = _server.CreateClient();
        var file = Path.Combine(_folder.Path, "ca.key");
        await File.WriteAllTextAsync(file, "a key", Cancel);
        var key = CertificateKey.Generate();
        await new UploadedCertificates(UploadedCertificates.Certificates, client, _time).UploadAsync([("ca.key", file)], key, Cancel);

        var secrets = client.Resources<V1Secret>();
        var uploaded = await secrets.GetAsync("kube-system", UploadedCertificates.Certificates.Name, Cancel);
        var owner = await secrets.GetAsync("kube-system", Assert.Single(uploaded.Metadata.OwnerReferences).Name, Cancel);
        Assert.Equal("2026-05-01T14:00:00Z", Text(owner, "expiration"));
        Assert.DoesNotContain(owner.Data.Keys, k => k.StartsWith("usage-", StringComparison.Ordinal));
        // In the cluster is neither the content nor its key.
        Assert.All(uploaded.Data.Values, v => Assert.DoesNotContain("a key", Encoding.Latin1.GetString(v), StringComparison.Ordinal));
        Assert.All(uploaded.Data.Values.Concat(owner.Data.Values), v => Assert.DoesNotContain(key.Text, Encoding.Latin1.GetString(v), StringComparison.Ordinal));
    }

    private static string Text(V1Secret secret, string key) => Encoding.UTF8.GetString(secret.Data[key]);
}
