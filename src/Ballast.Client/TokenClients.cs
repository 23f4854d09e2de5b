using System.Net;
using System.Net.Http.Headers;
using k8s;

namespace Ballast.Client;

/// <summary>Gives a bearer token that is valid now.</summary>
public interface IBearerTokenSource
{
    /// <param name="refused">The token that the server has just refused, if any: another one is wanted.</param>
    /// <param name="cancel">Gives up.</param>
    ValueTask<string> GetAsync(string? refused, CancellationToken cancel);
}

/// <summary>
/// Clients that each act under a token of their own and share their connections. The server, its CA and everything else are
/// those of the kubeconfig; its client certificate is not used.
/// </summary>
public sealed class TokenClients : IDisposable
{
    private readonly KubernetesClientConfiguration _server;
    private readonly HttpMessageHandler _transport;

    internal TokenClients(KubernetesClientConfiguration server, HttpMessageHandler transport) => (_server, _transport) = (server, transport);

    public ApiClient Create(string userAgent, IBearerTokenSource tokens) =>
        new(_server, new BearerTokenHandler(tokens, _transport), userAgent);

    /// <summary>Closes the connections; its clients cannot be used any more.</summary>
    public void Dispose() => _transport.Dispose();

    private sealed class BearerTokenHandler(IBearerTokenSource tokens, HttpMessageHandler shared) : DelegatingHandler(shared)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
        {
            var token = await tokens.GetAsync(null, cancel);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var response = await base.SendAsync(request, cancel);
            if (response.StatusCode != HttpStatusCode.Unauthorized)
                return response;
            response.Dispose();
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await tokens.GetAsync(token, cancel));
            return await base.SendAsync(request, cancel);
        }

        /// <summary>The connections are shared; they outlive this client.</summary>
        protected override void Dispose(bool disposing) => base.Dispose(disposing: false);
    }
}
