using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using k8s;

namespace Ballast.Client;

/// <summary>Makes API clients that live through the death of the server they talk to.</summary>
/// <remarks>
/// A dead or stopped server is noticed within about four seconds (HTTP/2 pings while anything is in flight, a watch included);
/// a refused connection at once. Reads, and writes that were never sent, are tried again for about two seconds; a write whose
/// answer was lost is not, because only the caller knows what it means to do it twice. The CA is read again for every new connection.
/// A changed client certificate is used for new requests about a second later; what is under way ends on the connection it has.
/// A connection is not used for new requests for longer than five minutes.
/// </remarks>
public static class ClientFactory
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    /// <summary>A client for the current context of a kubeconfig file.</summary>
    /// <param name="kubeconfigPath">The file; paths in it are relative to it.</param>
    /// <param name="userAgent">The component's name, as the server's audit and metrics show it.</param>
    /// <param name="mayWrite">Asked before every write is sent, where given; false refuses it (a leader that no longer is one).</param>
    /// <exception cref="k8s.Exceptions.KubeConfigException">The file is missing or wrong.</exception>
    public static ApiClient Create(string kubeconfigPath, string userAgent, Func<bool>? mayWrite = null)
    {
        var file = new KubeconfigFile(kubeconfigPath);
        return new ApiClient(file.Current.Config, Transport(file, withCertificate: true, mayWrite), userAgent);
    }

    /// <summary>As <see cref="Create(string, string, Func{bool})"/>, for clients that each have a token instead of the kubeconfig's credentials.</summary>
    public static TokenClients CreateTokenClients(string kubeconfigPath, Func<bool>? mayWrite = null)
    {
        var file = new KubeconfigFile(kubeconfigPath);
        var config = file.Current.Config;
        var server = new KubernetesClientConfiguration { Host = config.Host, SslCaCerts = config.SslCaCerts, SkipTlsVerify = config.SkipTlsVerify, TlsServerName = config.TlsServerName };
        return new TokenClients(server, Transport(file, withCertificate: false, mayWrite));
    }

    /// <summary>A client that sends through <paramref name="transport"/>: an API server in the same process.</summary>
    public static ApiClient Create(Uri server, HttpMessageHandler transport, string userAgent) =>
        new(new KubernetesClientConfiguration { Host = server.ToString(), SkipTlsVerify = true }, transport, userAgent);

    private static HttpMessageHandler Transport(KubeconfigFile file, bool withCertificate, Func<bool>? mayWrite)
    {
        HttpMessageHandler transport = new RetryHandler(TimeProvider.System, Random.Shared, new RequestTimeoutHandler(TimeProvider.System,
            withCertificate ? new CertificateRotationHandler(file, certificate => Sockets(file, certificate), TimeProvider.System) : Sockets(file, null)));
        return mayWrite is null ? transport : new WriteGuardHandler(mayWrite, transport);
    }

    private static SocketsHttpHandler Sockets(KubeconfigFile file, X509Certificate2? clientCertificate)
    {
        var config = file.Current.Config;
        var sockets = new SocketsHttpHandler
        {
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            KeepAlivePingDelay = PingDelay,
            KeepAlivePingTimeout = PingTimeout,
            ConnectTimeout = ConnectTimeout,
            PooledConnectionLifetime = ConnectionLifetime,
            EnableMultipleHttp2Connections = true,
            AutomaticDecompression = DecompressionMethods.GZip,
            // A loopback address is never behind a proxy; other addresses follow the environment, as client-go does.
            UseProxy = !new Uri(config.Host).IsLoopback,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => file.Trusts(certificate, chain, errors),
            },
        };
        if (clientCertificate is not null)
            sockets.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate;
        if (config.TlsServerName is { Length: > 0 } name)
            sockets.SslOptions.TargetHost = name;
        return sockets;
    }
}
