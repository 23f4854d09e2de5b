using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Endpoints.Connect;

/// <summary>The subresources that lead through this server to somewhere else.</summary>
public sealed class Connections : IDisposable
{
    private readonly KubeletConnection _kubelets;
    private readonly HttpMessageInvoker _http;

    /// <param name="catalog">Read when requests come; may still be empty now.</param>
    /// <param name="kubelets">Owned from here on.</param>
    public Connections(IResourceCatalog catalog, KubeletConnection kubelets)
    {
        _kubelets = kubelets;
#pragma warning disable CA5359 // Pods and services bring certificates of their own that nobody here knows; upstream does not verify them either.
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true },
        });
#pragma warning restore CA5359
        Handlers = new Dictionary<string, ISubresourceHandler>
        {
            ["pods/log"] = new PodLog(catalog, kubelets),
            ["nodes/proxy"] = new NodeProxy(kubelets),
            ["pods/proxy"] = new PodProxy(catalog, _http),
            ["services/proxy"] = new ServiceProxy(catalog, _http),
        };
    }

    /// <summary>By <c>resource/subresource</c>.</summary>
    public IReadOnlyDictionary<string, ISubresourceHandler> Handlers { get; }

    public void Dispose()
    {
        _http.Dispose();
        _kubelets.Dispose();
    }
}
