using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Server;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Logging;
using Ballast.Testing.Commands;
using Ballast.Testing.Etcd;
using Microsoft.Extensions.Logging;

namespace Ballast.Testing.ApiServer;

/// <summary>
/// An API server in this process, on a free port, in front of a real etcd; with clients for it and a kubeconfig for the real kubectl. Disposing stops it and removes
/// its files; etcd is the caller's.
/// </summary>
public sealed class TestApiServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestPki _pki;
    private readonly ILoggerFactory _logs;
    private readonly List<HttpClient> _clients = [];

    private TestApiServer(TestPki pki, ILoggerFactory logs, Ballast.ApiServer.Server.ApiServer server, Uri address)
    {
        (_pki, _logs, Server, Address) = (pki, logs, server, address);
        AdminCertificate = pki.Client("kubernetes-admin", "system:masters");
        Admin = ClientFor("kubernetes-admin", "system:masters");
        KubeconfigPath = WriteKubeconfig();
    }

    public Ballast.ApiServer.Server.ApiServer Server { get; }

    public Uri Address { get; }

    /// <summary>A cluster administrator, on HTTP/2.</summary>
    public HttpClient Admin { get; }

    /// <summary>The administrator's, for clients of the test's own.</summary>
    public X509Certificate2 AdminCertificate { get; }

    /// <summary>The administrator's, for kubectl.</summary>
    public string KubeconfigPath { get; }

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="etcd">May be shared by several servers.</param>
    /// <param name="configure">Changes options; null for none.</param>
    public static async Task<TestApiServer> StartAsync(EtcdCluster etcd, Func<ApiServerOptions, ApiServerOptions>? configure = null)
    {
        var pki = new TestPki(Directory.CreateTempSubdirectory("ballast-apiserver-").FullName);
        var port = FreePort();
        var options = new ApiServerOptions
        {
            EtcdServers = [.. etcd.Members.Select(m => m.ClientUrl.ToString())],
            EtcdCaFile = etcd.Tls?.CaFile ?? "",
            EtcdCertFile = etcd.Tls?.CertFile ?? "",
            EtcdKeyFile = etcd.Tls?.KeyFile ?? "",
            AdvertiseAddress = IPAddress.Loopback,
            BindAddress = IPAddress.Loopback,
            SecurePort = port,
            ClientCaFile = pki.PathOf("ca.crt"),
            TlsCertFile = pki.PathOf("apiserver.crt"),
            TlsPrivateKeyFile = pki.PathOf("apiserver.key"),
            ServiceAccountIssuers = ["https://kubernetes.default.svc.cluster.local"],
            ServiceAccountKeyFiles = [pki.PathOf("sa.pub")],
            ServiceAccountSigningKeyFile = pki.PathOf("sa.key"),
            ServiceClusterIpRanges = ["10.96.0.0/16"],
            AuthorizationModes = ["Node", "RBAC"],
        };
        options = configure?.Invoke(options) ?? options;
        var logs = KlogLoggerFactory.Create(0);
        var server = new Ballast.ApiServer.Server.ApiServer(options, new ComponentContext(logs, TimeProvider.System));
        await server.StartAsync(CancellationToken.None);
        var started = new TestApiServer(pki, logs, server, new Uri($"https://127.0.0.1:{port}"));
        await Eventually.TrueAsync(async () => (await started.Admin.GetAsync("/readyz")).IsSuccessStatusCode, "/readyz");
        return started;
    }

    /// <summary>A client with a certificate for this user; with no user, one without a certificate.</summary>
    public HttpClient ClientFor(string? user, params IEnumerable<string> groups)
    {
        var handler = new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, EnableMultipleHttp2Connections = true };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => Trusts(certificate);
        if (user is not null)
            handler.SslOptions.ClientCertificates = [_pki.Client(user, groups)];
        var client = new HttpClient(handler) { BaseAddress = Address, DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower, Timeout = Patience };
        _clients.Add(client);
        return client;
    }

    /// <summary>True for a certificate of the server's own authority.</summary>
    public bool Trusts(X509Certificate? certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_pki.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build((X509Certificate2)certificate!);
    }

    /// <summary>Sends a JSON request as the administrator.</summary>
    public async Task<(HttpStatusCode Code, JsonObject Body)> SendAsync(HttpMethod method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(method, path) { Version = HttpVersion.Version20 };
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        using var answer = await Admin.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? [] : JsonNode.Parse(text, null, JsonText.Stored)!.AsObject());
    }

    /// <summary>Creates a namespace of the test's own and returns its name.</summary>
    public async Task<string> NamespaceAsync()
    {
        var (code, body) = await SendAsync(HttpMethod.Post, "/api/v1/namespaces", """{"metadata":{"generateName":"test-"}}""");
        if (code != HttpStatusCode.Created)
            throw new InvalidOperationException($"no namespace could be made: {body.ToJsonString()}");
        return body["metadata"]!["name"]!.GetValue<string>();
    }

    /// <summary>Runs the real kubectl as the administrator.</summary>
    public Task<CommandResult> KubectlAsync(string arguments, string? input = null) =>
        new ProcessStartInfo("kubectl", arguments) { Environment = { ["KUBECONFIG"] = KubeconfigPath, ["HOME"] = _pki.Folder } }.RunAsync(input);

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await Server.DisposeAsync();
        _pki.Dispose();
        _logs.Dispose();
        Directory.Delete(_pki.Folder, recursive: true);
    }

    private string WriteKubeconfig()
    {
        _pki.Write("admin", _pki.Client("kubernetes-admin", "system:masters"));
        var path = _pki.PathOf("kubeconfig");
        File.WriteAllText(path, $"""
            apiVersion: v1
            kind: Config
            clusters: [{"{"}name: test, cluster: {"{"}server: "{Address}", certificate-authority: "{_pki.PathOf("ca.crt")}"{"}}"}]
            users: [{"{"}name: admin, user: {"{"}client-certificate: "{_pki.PathOf("admin.crt")}", client-key: "{_pki.PathOf("admin.key")}"{"}}"}]
            contexts: [{"{"}name: test, context: {"{"}cluster: test, user: admin{"}}"}]
            current-context: test
            """);
        return path;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
