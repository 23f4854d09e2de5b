using System.Net;
using System.Net.Sockets;
using Ballast.ComponentBase.Commands;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Balancing;
using Ballast.LoadBalancer.Endpoints;
using Ballast.LoadBalancer.Health;
using Ballast.LoadBalancer.Proxy;
using Ballast.LoadBalancer.Status;
using Microsoft.Extensions.Logging;
using Prometheus;

namespace Ballast.LoadBalancer;

/// <summary>
/// The API load balancer: passes TCP connections through to API servers whose <c>/readyz</c> is green. TLS is between client and server.
/// </summary>
public sealed class ApiLoadBalancer : IDisposable
{
    private readonly LoadBalancerOptions _options;
    private readonly BackendPool _pool;
    private readonly HealthMonitor _health;
    private readonly ReadyzProbe _probe;
    private readonly ProxyListener _listener;
    private readonly EndpointsFollower? _follower;
    private readonly StatusServer? _status;

    /// <summary>Binds its address. Throws <see cref="UsageException"/> when it cannot do its work.</summary>
    public ApiLoadBalancer(LoadBalancerOptions options, CollectorRegistry registry, TimeProvider time, ILoggerFactory logs)
    {
        _options = options;
        var state = new EndpointsState(options.StateFile, logs.CreateLogger<EndpointsState>());
        var remembered = state.Load();
        if (options.Backends.Count == 0 && remembered.Count == 0)
            throw new UsageException("no backend: name at least one API server with --backends=HOST:PORT");
        var trust = LoadTrust(options);

        _pool = new BackendPool(time);
        _pool.Start(options.Backends, remembered);
        var metrics = new LoadBalancerMetrics(registry, _pool);
        var policy = new LeastConnectionsPolicy();
        _probe = new ReadyzProbe(trust);
        _health = new HealthMonitor(_pool, _probe, new(options.HealthCheckInterval, options.DrainTimeout), metrics, time, logs.CreateLogger<HealthMonitor>());
        var connector = new BackendConnector(new BackendSelector(_pool, policy), _health, metrics, time);
        try
        {
            _listener = new ProxyListener(options.Bind, new ClientConnection(connector, metrics, time), time, logs.CreateLogger<ProxyListener>());
        }
        catch (SocketException e)
        {
            throw new UsageException($"cannot listen on {options.Bind}: {e.Message}");
        }
        if (options.Kubeconfig.Length > 0)
            _follower = new EndpointsFollower(trust, Reachable(_listener.Endpoint), _pool, state, time, logs.CreateLogger<EndpointsFollower>());
        if (options.StatusBind is { } statusBind)
            _status = new StatusServer(statusBind, new StatusReport(_pool, policy, _listener), registry, logs);
    }

    /// <summary>Where clients connect.</summary>
    public IPEndPoint Endpoint => _listener.Endpoint;

    /// <summary>Where status is served, once it runs.</summary>
    public IPEndPoint? StatusEndpoint => _status?.Endpoint;

    internal BackendPool Pool => _pool;

    /// <summary>Serves until the token fires, then drains.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_status is not null) await _status.StartAsync(cancellationToken);
        using var checking = new CancellationTokenSource();
        var health = _health.RunAsync(checking.Token);
        var following = _follower?.RunAsync(cancellationToken) ?? Task.CompletedTask;
        await _listener.RunAsync(_options.DrainTimeout, cancellationToken);
        // Checks go on while connections drain: they are what moves them off a dying server.
        await checking.CancelAsync();
        await Task.WhenAll(health, following);
        if (_status is not null) await _status.StopAsync();
    }

    private static ClusterTrust LoadTrust(LoadBalancerOptions options)
    {
        if (options is { CertificateAuthority: "", Kubeconfig: "" })
            throw new UsageException("servers cannot be checked without the cluster's CA: give --certificate-authority or --kubeconfig");
        try
        {
            return ClusterTrust.Load(options.CertificateAuthority, options.Kubeconfig);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException
            or k8s.Exceptions.KubeConfigException or YamlDotNet.Core.YamlException)
        {
            throw new UsageException($"cannot read the cluster's credentials: {e.Message}");
        }
    }

    private static IPEndPoint Reachable(IPEndPoint bound) =>
        bound.Address.Equals(IPAddress.Any) ? new(IPAddress.Loopback, bound.Port)
        : bound.Address.Equals(IPAddress.IPv6Any) ? new(IPAddress.IPv6Loopback, bound.Port)
        : bound;

    public void Dispose()
    {
        _listener.Dispose();
        _follower?.Dispose();
        _probe.Dispose();
        _status?.Dispose();
    }
}
