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

    /// <summary>A client with a token. Nothing of it is in a file.</summary>
    /// <param name="server"><c>https://HOST:PORT</c>.</param>
    /// <param name="caPem">The CA that the server's certificate must end at.</param>
    /// <param name="token">The bearer token.</param>
    /// <param name="userAgent">The component's name.</param>
    public static ApiClient Create(string server, string caPem, string token, string userAgent)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(caPem);
        var config = new KubernetesClientConfiguration { Host = server, SslCaCerts = authorities, AccessToken = token };
        return new ApiClient(config, Patient(Sockets(config, (certificate, chain, errors) => ServerTrust.Trusts(config, certificate, chain, errors), null)), userAgent);
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
        var transport = Patient(withCertificate ? new CertificateRotationHandler(file, certificate => Sockets(file, certificate), TimeProvider.System) : Sockets(file, null));
        return mayWrite is null ? transport : new WriteGuardHandler(mayWrite, transport);
    }

    private static RetryHandler Patient(HttpMessageHandler sockets) => new(TimeProvider.System, Random.Shared, new RequestTimeoutHandler(TimeProvider.System, sockets));

    private static SocketsHttpHandler Sockets(KubeconfigFile file, X509Certificate2? clientCertificate) => Sockets(file.Current.Config, file.Trusts, clientCertificate);

    private static SocketsHttpHandler Sockets(KubernetesClientConfiguration config, Func<X509Certificate?, X509Chain?, SslPolicyErrors, bool> trusts, X509Certificate2? clientCertificate)
    {
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
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => trusts(certificate, chain, errors),
            },
        };
        if (clientCertificate is not null)
            sockets.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => clientCertificate;
        if (config.TlsServerName is { Length: > 0 } name)
            sockets.SslOptions.TargetHost = name;
        return sockets;
    }
}
