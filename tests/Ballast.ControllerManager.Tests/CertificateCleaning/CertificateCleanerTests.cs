using Ballast.ControllerManager.CertificateCleaning;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.CertificateCleaning;

public sealed class CertificateCleanerTests : IAsyncDisposable
{
    private readonly Microsoft.Extensions.Time.Testing.FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly Cluster _cluster;

    public CertificateCleanerTests() => _cluster = new(_time);

    [Fact]
    public async Task Decided_requests_go_after_an_hour_and_undecided_ones_after_a_day()
    {
        await CreateAsync(Requests.KubeletClient("undecided", "x"));
        await CreateAsync(Requests.KubeletClient("denied", "x").With("Denied", Now));
        await CreateAsync(Requests.KubeletClient("failed", "x").With("Failed", Now));
        await CreateAsync(Requests.KubeletClient("issued", "x").Approved(Now), issued: true);
        await CreateAsync(Requests.KubeletClient("unissued", "x").Approved(Now));
        await _cluster.RunAsync(c => new CertificateCleaner(c));

        _time.Advance(TimeSpan.FromMinutes(59));
        await LeftAsync("denied-client", "failed-client", "issued-client", "undecided-client", "unissued-client");
        _time.Advance(TimeSpan.FromMinutes(20));
        await LeftAsync("undecided-client", "unissued-client");
        _time.Advance(TimeSpan.FromHours(23));
        await LeftAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private DateTime Now => _time.GetUtcNow().UtcDateTime;

    private async Task CreateAsync(V1CertificateSigningRequest csr, bool issued = false)
    {
        var client = _cluster.Client.Resources<V1CertificateSigningRequest>();
        await client.CreateAsync(csr, Cluster.Cancel);
        if (csr.Status is { } status)
            await client.MergePatchAsync(null, csr.Metadata.Name, new { status = issued ? status with { Certificate = "not for reading"u8.ToArray() } : status }, Cluster.Cancel, "status");
    }

    private Task LeftAsync(params string[] names) => _cluster.UntilAsync(
        async () => (await _cluster.ListAsync<V1CertificateSigningRequest>(null)).Select(r => r.Metadata.Name).Order(StringComparer.Ordinal).SequenceEqual(names), "what is left: " + string.Join(' ', names));
}
