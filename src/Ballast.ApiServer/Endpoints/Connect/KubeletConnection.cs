using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Storage;

namespace Ballast.ApiServer.Endpoints.Connect;

/// <summary>How this server speaks to kubelets: where they are, and as whom it comes.</summary>
public sealed class KubeletConnection : IDisposable
{
    private const int DefaultPort = 10250;
    private readonly IResourceCatalog _catalog;
    private readonly IReadOnlyList<string> _addressTypes;
    private readonly HttpMessageInvoker _http;

    /// <param name="catalog">Where the Nodes are.</param>
    /// <param name="addressTypes"><c>--kubelet-preferred-address-types</c>, best first.</param>
    /// <param name="clientCertificate">Shown to kubelets; null for none. Asked on every new connection.</param>
    /// <param name="authorities">What kubelets' certificates are verified against; null where they are not. Asked on every new connection.</param>
    public KubeletConnection(IResourceCatalog catalog, IReadOnlyList<string> addressTypes, Func<X509Certificate2>? clientCertificate, Func<X509Certificate2Collection>? authorities)
    {
        (_catalog, _addressTypes) = (catalog, addressTypes);
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            // A renewed certificate is shown to kubelets long before the one before it ends.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            SslOptions = new SslClientAuthenticationOptions
            {
                LocalCertificateSelectionCallback = clientCertificate is null ? null : (_, _, _, _, _) => clientCertificate(),
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                    authorities is null || (!errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && IsTrusted(certificate, authorities())),
            },
        });
    }

    /// <summary>Sends a request to the kubelet of <paramref name="node"/>, and answers with what it answers, if not with what <paramref name="refusal"/> makes of it.</summary>
    /// <exception cref="StatusException">NotFound: no such node. ServiceUnavailable: it cannot be reached.</exception>
    public async Task ForwardAsync(Microsoft.AspNetCore.Http.HttpContext context, string node, string pathAndQuery, Func<HttpResponseMessage, CancellationToken, Task<StatusException?>>? refusal, CancellationToken cancel)
    {
        var store = _catalog.Find(new GroupResource("", "nodes")) ?? throw StatusException.PathNotFound();
        var stored = await store.Objects.GetAsync(node, ReadConsistency.Any, cancel) ?? throw StatusException.NotFound(store.Definition.GroupResource, node);
        await HttpForwarding.ForwardAsync(_http, context, new Uri($"https://{AddressOf(stored.ToDocument())}/{pathAndQuery}"), refusal, cancel);
    }

    public void Dispose() => _http.Dispose();

    private string AddressOf(JsonObject node)
    {
        var status = node["status"] as JsonObject;
        var addresses = (status?["addresses"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var address = _addressTypes.Select(type => addresses.FirstOrDefault(a => a.StringAt("type") == type)?.StringAt("address")).FirstOrDefault(a => a is { Length: > 0 })
            ?? throw StatusException.ServiceUnavailable($"no preferred addresses found; known addresses of node {node.Name}: [{string.Join(' ', addresses.Select(a => a.StringAt("address")))}]");
        var port = (status?["daemonEndpoints"]?["kubeletEndpoint"] as JsonObject)?.LongAt("Port") ?? DefaultPort;
        var host = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    private static bool IsTrusted(X509Certificate? certificate, X509Certificate2Collection authorities)
    {
        if (certificate is not X509Certificate2 presented)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(presented);
    }
}
