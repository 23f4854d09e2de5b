using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Admission;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authentication.ServiceAccounts;
using Ballast.ApiServer.Authorization;
using Ballast.ApiServer.Authorization.Reviews;
using Ballast.ApiServer.Bootstrap;
using Ballast.ApiServer.CustomResources;
using Ballast.ApiServer.Discovery;
using Ballast.ApiServer.Endpoints;
using Ballast.ApiServer.Endpoints.Connect;
using Ballast.ApiServer.OpenApi;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Storage;
using Ballast.ApiServer.Storage.Caching;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Health;
using Ballast.ComponentBase.Metrics;
using Ballast.ComponentBase.Serving;
using Ballast.Etcd;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Server;

/// <summary>
/// One API server: puts its parts together from the options, runs them, and takes them down in order. Several run against one etcd; they know of
/// each other only through it.
/// </summary>
public sealed class ApiServer : IAsyncDisposable
{
    // A request has its own deadline; one that holds on beyond that is not waited for.
    private static readonly TimeSpan DrainGrace = TimeSpan.FromSeconds(5);

    private readonly ApiServerOptions _options;
    private readonly ComponentContext _context;
    private readonly ILogger _log;
    private readonly EtcdClient _etcd;
    private readonly CachedStorage _storage;
    private readonly ResourceCatalog _catalog;
    private readonly ServerAuthorization _authorization;
    private readonly Connections _connections;
    private readonly ComponentHealth _componentStatuses;
    private readonly BootstrapHooks _bootstrap;
    private readonly KubernetesService _kubernetesService;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServiceAllocationRepair _serviceAllocations;
    private readonly CustomResourceController _customResources;
    private readonly ServerLifecycle _lifecycle = new();
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stopBackground = new();
    private Task _background = Task.CompletedTask;
    private Task _registration = Task.CompletedTask;

    /// <exception cref="UsageException">An option that cannot be carried out.</exception>
    public ApiServer(ApiServerOptions options, ComponentContext context)
    {
        _options = options;
        _context = context;
        _log = context.Logs.CreateLogger<ApiServer>();
        _etcd = new EtcdClient(EtcdOptionsOf(options), context.Time);
        _storage = new CachedStorage(_etcd, options.EtcdPrefix.TrimEnd('/') + "/", options.EtcdCompactionInterval, new StorageMetrics(Prometheus.Metrics.DefaultRegistry), context.Time, context.Logs);

        IWriteAdmission? admission = null;
        Func<ResourceDefinition, IResourceStore> makeStore = definition => new ResourceStore(
            definition, _storage.Open(definition.StoragePrefix, definition.GroupResource), admission!, context.Time);
        _catalog = new ResourceCatalog(makeStore);
        var security = options.ToAuthentication();
        var authentication = new ServerAuthentication(security, _catalog, context.Time, context.Logs);
        _authorization = new ServerAuthorization(options.AuthorizationModes, _catalog, context.Time, context.Logs);
        admission = new AdmissionChain(AdmissionPlugins.Create(options.EnableAdmissionPlugins, options.DisableAdmissionPlugins, _catalog, _authorization, context.Time));
        // The others of the control plane are on this host, and listen where this server does where that is a loopback address.
        _componentStatuses = new ComponentHealth(IPAddress.IsLoopback(options.BindAddress) ? options.BindAddress : IPAddress.Loopback, _storage.ProbeAsync);
        _connections = new Connections(_catalog, KubeletConnectionOf(options, context));
        var handlers = authentication.Handlers.Concat(AuthorizationHandlers.Create(_authorization)).Concat(_connections.Handlers)
            .Append(new("componentstatuses", _componentStatuses)).ToDictionary();
        var builtInOptions = new BuiltInOptions(options.EventTtl, PortRange.TryParse(options.ServiceNodePortRange, out var nodePorts)
            ? nodePorts : throw new UsageException($"--service-node-port-range: \"{options.ServiceNodePortRange}\" is not a range like {BuiltInOptions.Default.NodePorts}"));
        var builtIn = BuiltInResources.All(_catalog, handlers, builtInOptions, _storage.Raw, context.Time);
        _catalog.Serve(builtIn);
        _customResources = new CustomResourceController(builtIn, _catalog, _storage, makeStore, context.Time, context.Logs.CreateLogger<CustomResourceController>());

        _bootstrap = new BootstrapHooks(BootstrapParts.All(options.ServiceClusterIpRanges), context.Time, context.Logs.CreateLogger<BootstrapHooks>());
        _kubernetesService = new KubernetesService(
            options, _catalog, _storage.Open("masterleases", new GroupResource("", "masterleases")), context.Time, context.Logs.CreateLogger<KubernetesService>());

        _serviceAllocations = new ServiceAllocationRepair(_catalog, _storage.Raw, nodePorts, context.Time, context.Logs.CreateLogger<ServiceAllocationRepair>());

        var discovery = new DiscoveryEndpoints(_catalog, $"{options.AdvertiseAddress}:{options.SecurePort}");
        var chain = new HandlerChain(
            authentication.Authenticator,
            new Impersonation(_authorization.Authorizer),
            _authorization.Authorizer,
            new GoAwayChance(options.GoAwayChance, Random.Shared),
            new InFlightLimits(options.MaxRequestsInFlight, options.MaxMutatingRequestsInFlight),
            new PathRoutes(Routes(discovery, new IssuerDiscovery(security.ServiceAccounts, $"{options.AdvertiseAddress}:{options.SecurePort}")), () => discovery.Paths),
            new ResourceEndpoints(_catalog, options.MinRequestTimeout, context.Time),
            _lifecycle,
            options.RequestTimeout,
            context.Time,
            context.Logs.CreateLogger<HandlerChain>());
        var certificate = SecureServing.CertificateFrom(options.TlsCertFile, options.TlsPrivateKeyFile, "kube-apiserver", options.AdvertiseAddress, context);
        _web = new SecureServing(options.BindAddress, options.SecurePort, certificate) { RequestClientCertificate = true, LargeBuffers = true }
            .Build(context.Logs, chain.HandleAsync, ConfigureKestrel);
    }

    /// <summary>Completes when a part has failed for good. A server that goes on without it would look well to those who ask: it must be stopped and started anew.</summary>
    public Task Failed => _failed.Task;

    /// <summary>Serves from here on; what must be there first is awaited by readiness, not here.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        await _web.StartAsync(cancel);
        _log.LogInformation("Serving securely on {Address}:{Port}", _options.BindAddress, _options.SecurePort);
        var stop = _stopBackground.Token;
        _background = Task.WhenAll(
            Observed("authorization", () => _authorization.RunAsync(stop)),
            Observed("bootstrap", () => _bootstrap.RunAsync(_catalog, stop)),
            Observed("custom resources", () => _customResources.RunAsync(stop)),
            Observed("service allocations", () => _serviceAllocations.RunAsync(stop)));
        _registration = Observed("kubernetes service", () => _kubernetesService.RunAsync(stop));
        _ = _storage.Failed.ContinueWith(ended => Fail("storage", ended.Exception!), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    /// <summary>
    /// The way out, such that no client sees an error: unready at once and out of the <c>kubernetes</c> Service; serving on while load balancers notice; then no new
    /// connections, watches end, and what is in flight finishes within its own deadline.
    /// </summary>
    public async Task StopAsync()
    {
        _log.LogInformation("Shutting down: not ready any more, serving for {Delay} s", _options.ShutdownDelayDuration.TotalSeconds);
        _lifecycle.BeginShutdown();
        var delay = Task.Delay(_options.ShutdownDelayDuration, _context.Time);
        await _stopBackground.CancelAsync();
        await _registration;
        using (var leave = new CancellationTokenSource(TimeSpan.FromSeconds(5), _context.Time))
            await _kubernetesService.LeaveAsync(leave.Token);
        await delay;

        using var patience = new CancellationTokenSource(_options.RequestTimeout + DrainGrace, _context.Time);
        var stopped = _web.StopAsync(patience.Token);
        _lifecycle.Drain();
        await stopped;
        _lifecycle.Abandon();
        await _background;
        _log.LogInformation("Stopped");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopBackground.CancelAsync();
        _lifecycle.Drain();
        _lifecycle.Abandon();
        await Task.WhenAll(_background, _registration);
        await _web.DisposeAsync();
        _connections.Dispose();
        _componentStatuses.Dispose();
        await _storage.DisposeAsync();
        _etcd.Dispose();
        _stopBackground.Dispose();
        _lifecycle.Dispose();
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        // The endpoints have their own limit, and their own words for it.
        kestrel.Limits.MaxRequestBodySize = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = 250;
        kestrel.Limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        kestrel.Limits.Http2.InitialStreamWindowSize = 256 * 1024;
        kestrel.ResponseHeaderEncodingSelector = _ => Encoding.UTF8;
    }

    private IEnumerable<PathRoute> Routes(DiscoveryEndpoints discovery, IssuerDiscovery issuer)
    {
        foreach (var health in HealthRoutes())
            yield return new(health.Path, request => health.HandleAsync(request.Http), IsPrefix: true);
        yield return new("/metrics", request => MetricsEndpoint.HandleAsync(request.Http));
        yield return new("/version", request => Answer.DocumentAsync(request, 200, KubernetesVersion.Document));
        yield return new(IssuerDiscovery.ConfigurationPath, request => Answer.RawAsync(request, MediaTypes.Json, issuer.Configuration));
        yield return new(IssuerDiscovery.KeysPath, request => Answer.RawAsync(request, "application/jwk-set+json", issuer.Keys));
        var openApi = new OpenApiEndpoints(_catalog);
        yield return new("/openapi/v2", openApi.ServeV2Async);
        yield return new("/openapi/v3", openApi.ServeV3Async, IsPrefix: true);
        yield return new("/api", discovery.ServeAsync, IsPrefix: true);
        yield return new("/apis", discovery.ServeAsync, IsPrefix: true);
    }

    private IEnumerable<HealthEndpoints> HealthRoutes()
    {
        var etcd = new HealthCheck("etcd", _storage.ProbeAsync);
        var etcdReady = new HealthCheck("etcd-readiness", _storage.ProbeAsync);
        var caches = new HealthCheck("informer-sync", _ => new(_storage.NotReadyBecause ?? _customResources.NotReadyBecause));
        var log = new HealthCheck("log", _ => default);
        var shutdown = new HealthCheck("shutdown", _ => new(_lifecycle.IsShuttingDown ? "process is shutting down" : null));
        yield return new("/healthz", [HealthCheck.Ping, log, etcd, .. _bootstrap.Checks], Failed);
        // A server that lost etcd must not be restarted for it, and one that is shutting down is alive: neither counts here.
        yield return new("/livez", [HealthCheck.Ping, log, .. _bootstrap.Checks], Failed);
        yield return new("/readyz", [HealthCheck.Ping, log, etcd, etcdReady, caches, .. _bootstrap.Checks, shutdown], Failed);

        void Failed(string check, string reason) => _log.LogInformation("{Check}: {Reason}", check, reason);
    }

    private async Task Observed(string part, Func<Task> run)
    {
        try
        {
            await run();
        }
        catch (OperationCanceledException) when (_stopBackground.IsCancellationRequested)
        {
        }
        catch (Exception failure)
        {
            Fail(part, failure);
        }
    }

    private void Fail(string part, Exception failure)
    {
        _log.LogCritical(failure, "{Part} has failed and does not run any more: ending the process", part);
        _failed.TrySetResult();
    }

    private KubeletConnection KubeletConnectionOf(ApiServerOptions options, ComponentContext context)
    {
        ReloadingCertificate? certificate = null;
        CertificateAuthorities? authorities = null;
        try
        {
            if (options.KubeletClientCertificate.Length > 0)
                certificate = new ReloadingCertificate(options.KubeletClientCertificate, options.KubeletClientKey, context.Time, context.Logs.CreateLogger<ReloadingCertificate>());
            if (options.KubeletCertificateAuthority.Length > 0)
                authorities = new CertificateAuthorities(options.KubeletCertificateAuthority, context.Time, context.Logs.CreateLogger<CertificateAuthorities>());
        }
        catch (Exception failure) when (failure is IOException or CryptographicException or ArgumentException)
        {
            throw new UsageException($"--kubelet-client-certificate, --kubelet-client-key or --kubelet-certificate-authority cannot be loaded: {failure.Message}");
        }
        return new KubeletConnection(_catalog, options.KubeletPreferredAddressTypes, certificate is null ? null : () => certificate.Current, authorities is null ? null : () => authorities.Certificates);
    }

    private static EtcdOptions EtcdOptionsOf(ApiServerOptions options)
    {
        var endpoints = new List<Uri>();
        foreach (var server in options.EtcdServers)
            endpoints.Add(Uri.TryCreate(server, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? uri : throw new UsageException($"--etcd-servers: \"{server}\" is not a URL like https://ADDRESS:2379"));
        var tls = options.EtcdCaFile.Length + options.EtcdCertFile.Length > 0 ? new EtcdTls(options.EtcdCaFile, options.EtcdCertFile, options.EtcdKeyFile) : null;
        foreach (var file in tls is null ? [] : (string[])[options.EtcdCaFile, options.EtcdCertFile, options.EtcdKeyFile])
            if (!File.Exists(file))
                throw new UsageException($"the etcd certificate file \"{file}\" cannot be read");
        return new EtcdOptions(endpoints) { Tls = tls };
    }
}
