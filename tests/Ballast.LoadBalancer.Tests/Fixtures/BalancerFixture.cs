using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.LoadBalancer.Backends;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.LoadBalancer.Tests.Fixtures;

/// <summary>A running balancer on a free port, with the servers behind it.</summary>
internal sealed class BalancerFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly bool _ownsAuthority;
    private readonly List<FakeApiServer> _servers = [];

    public BalancerFixture(TestAuthority? authority = null)
    {
        _ownsAuthority = authority is null;
        Authority = authority ?? new();
    }

    public TestAuthority Authority { get; }

    public ApiLoadBalancer Balancer { get; private set; } = null!;

    public Task Running { get; private set; } = Task.CompletedTask;

    public FakeApiServer AddServer(string name)
    {
        var server = new FakeApiServer(name, Authority);
        _servers.Add(server);
        return server;
    }

    public BalancerFixture Start(Func<LoadBalancerOptions, LoadBalancerOptions>? configure = null)
    {
        var options = new LoadBalancerOptions
        {
            Bind = new(IPAddress.Loopback, 0),
            Backends = [.. _servers.Select(s => new BackendAddress("127.0.0.1", s.Port))],
            CertificateAuthority = Authority.CaFile,
            HealthCheckInterval = TimeSpan.FromMilliseconds(500),
            StatusBind = new(IPAddress.Loopback, 0),
        };
        Balancer = new(configure?.Invoke(options) ?? options, Prometheus.Metrics.NewCustomRegistry(), TimeProvider.System, NullLoggerFactory.Instance);
        Running = Balancer.RunAsync(_stop.Token);
        return this;
    }

    public void Stop() => _stop.Cancel();

    public Backend Backend(FakeApiServer server) => Balancer.Pool.Backends.Single(b => b.Address.Port == server.Port);

    public Task BecomesAsync(FakeApiServer server, BackendState state) =>
        EventuallyAsync(() => Balancer.Pool.Backends.Any(b => b.Address.Port == server.Port && b.Health.State == state), $"{server.Name} {state}");

    public static async Task EventuallyAsync(Func<bool> condition, string what)
    {
        var deadline = DateTime.UtcNow.AddSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, $"not within 30 s: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A new TLS connection through the balancer.</summary>
    public async Task<SslStream> ConnectAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Balancer.Endpoint, cancellationToken);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Authority.Root);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "kubernetes", CertificateChainPolicy = policy }, cancellationToken);
        return tls;
    }

    /// <summary>Asks over a connection of its own which server answers.</summary>
    public async Task<string> AskNameAsync()
    {
        await using var connection = await ConnectAsync();
        return await RequestAsync(connection, "/name");
    }

    /// <summary>Sends a request and reads the first part of the answer's body.</summary>
    public static async Task<string> RequestAsync(SslStream connection, string path)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await connection.WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: kubernetes\r\n\r\n"), cancellationToken);
        var buffer = new byte[4096];
        var text = "";
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal) || text.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await connection.ReadAsync(buffer, cancellationToken);
            if (count == 0) throw new IOException("closed before the answer");
            text += Encoding.ASCII.GetString(buffer, 0, count);
        }
        return text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await _stop.CancelAsync();
        await Running;
        Balancer?.Dispose();
        if (_ownsAuthority) Authority.Dispose();
    }
}
