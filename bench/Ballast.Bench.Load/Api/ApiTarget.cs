using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Ballast.Bench.Load.Api;

/// <summary>Where the API is, and how to get in; from a kubeconfig.</summary>
/// <param name="Server">The address.</param>
/// <param name="Authorities">CAs to trust; null for the machine's.</param>
/// <param name="ClientCertificate">Null where a token is used.</param>
/// <param name="Token">A bearer token.</param>
internal sealed record ApiTarget(Uri Server, X509Certificate2Collection? Authorities, X509Certificate2? ClientCertificate, string? Token)
{
    // As large as client-go's: the client's window must not be what is measured.
    private const int StreamWindow = 4 * 1024 * 1024;

    public static ApiTarget FromKubeconfig(string path, string? server)
    {
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(path), masterUrl: server);
        var certificate = Pem(config.ClientCertificateData, config.ClientCertificateFilePath);
        var key = Pem(config.ClientCertificateKeyData, config.ClientKeyFilePath);
        return new(
            new Uri(config.Host),
            config.SslCaCerts,
            certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key),
            config.AccessToken);
    }

    /// <summary>One HTTP/2 connection.</summary>
    public ApiConnection Connect()
    {
        var handler = new SocketsHttpHandler
        {
            MaxConnectionsPerServer = 1,
            InitialHttp2StreamWindowSize = StreamWindow,
            UseCookies = false,
            UseProxy = false,
            AllowAutoRedirect = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            ActivityHeadersPropagator = null,
        };
        handler.SslOptions.RemoteCertificateValidationCallback = IsTrusted;
        if (ClientCertificate is not null)
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(ClientCertificate, null, offline: true);
        return new ApiConnection(Server, handler, Token is null ? null : new AuthenticationHeaderValue("Bearer", Token));
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (Authorities is null || certificate is null || errors != SslPolicyErrors.RemoteCertificateChainErrors)
            return false;
        using var ours = new X509Chain();
        ours.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        ours.ChainPolicy.CustomTrustStore.AddRange(Authorities);
        ours.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return ours.Build((X509Certificate2)certificate);
    }

    private static string? Pem(string? base64, string? path) =>
        !string.IsNullOrEmpty(base64) ? Encoding.UTF8.GetString(Convert.FromBase64String(base64))
        : !string.IsNullOrEmpty(path) ? File.ReadAllText(path)
        : null;
}
