using System.Net;
using Ballast.LoadBalancer.Backends;

namespace Ballast.LoadBalancer.Health;

/// <summary><c>GET /readyz</c> over TLS, the server's certificate checked against the cluster's CA.</summary>
internal sealed class ReadyzProbe(ClusterTrust trust) : IHealthProbe, IDisposable
{
    // Connections are kept between checks to spare the servers a handshake a second, but not for long: accepting is checked too.
    private readonly HttpClient _http = new(trust.CreateHandler(TimeSpan.FromSeconds(10)))
    {
        Timeout = Timeout.InfiniteTimeSpan,
        DefaultRequestVersion = HttpVersion.Version11,
    };

    public async ValueTask<string?> ProbeAsync(BackendAddress address, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri($"https://{address}/readyz"), cancellationToken).ConfigureAwait(false);
        return response.StatusCode == HttpStatusCode.OK ? null : $"/readyz answers {(int)response.StatusCode}";
    }

    public void Dispose() => _http.Dispose();
}
