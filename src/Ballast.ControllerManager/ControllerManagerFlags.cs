using System.Net;
using Ballast.Client.LeaderElection;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;
using Ballast.ControllerManager.CertificateSigning;
using Ballast.ControllerManager.Options;

namespace Ballast.ControllerManager;

/// <summary>kube-controller-manager's flags, under upstream's names and with its defaults.</summary>
internal sealed class ControllerManagerFlags
{
    private readonly Flag<string> _rootCa;
    private readonly Flag<int> _deployments;
    private readonly Flag<int> _replicaSets;
    private readonly Flag<int> _namespaces;
    private readonly Flag<int> _garbage;
    private readonly Flag<int> _endpoints;
    private readonly Flag<int> _slices;
    private readonly Flag<int> _serviceAccounts;
    private readonly Flag<int> _maxEndpoints;
    private readonly Flag<TimeSpan> _nodePeriod;
    private readonly Flag<TimeSpan> _nodeGrace;
    private readonly Flag<TimeSpan> _nodeStartup;
    private readonly Flag<double> _evictionRate;
    private readonly Flag<double> _secondaryRate;
    private readonly Flag<int> _largeCluster;
    private readonly Flag<double> _unhealthyZone;
    private readonly Flag<int> _podGc;
    private readonly Flag<bool> _gc;
    private readonly Flag<string> _bindAddress;
    private readonly SigningFlags _signing;

    public ControllerManagerFlags(FlagSet flags)
    {
        var defaults = new ControllerManagerOptions();
        Kubeconfig = flags.String("kubeconfig", "", "Path to kubeconfig file with authorization and master location information.");
        AuthenticationKubeconfig = flags.String("authentication-kubeconfig", "", "kubeconfig file pointing at the 'core' kubernetes server with enough rights to create tokenreviews.authentication.k8s.io.");
        AuthorizationKubeconfig = flags.String("authorization-kubeconfig", "", "kubeconfig file pointing at the 'core' kubernetes server with enough rights to create subjectaccessreviews.authorization.k8s.io.");
        ClientCa = flags.String("client-ca-file", "", "Requests that present a client certificate signed by one of the authorities in this file may read /metrics.");
        flags.Accepted("requestheader-client-ca-file", "requests through an aggregation proxy are not served here.");
        _bindAddress = flags.String("bind-address", "0.0.0.0", "The IP address on which to listen for the --secure-port port.");
        SecurePort = flags.Int("secure-port", 10257, "The port on which to serve HTTPS with authentication and authorization.");
        TlsCertificate = flags.String("tls-cert-file", "", "File containing the default x509 Certificate for HTTPS. If not given, a self-signed one is made in memory.");
        TlsKey = flags.String("tls-private-key-file", "", "File containing the default x509 private key matching --tls-cert-file.");
        LeaderElection = new LeaderElectionFlags(flags, "kube-controller-manager");
        Controllers = flags.StringSlice("controllers", ["*"], "A list of controllers to enable. '*' enables all on-by-default controllers, 'foo' enables the controller named 'foo', '-foo' disables the controller named 'foo'.");
        UseServiceAccountCredentials = flags.Bool("use-service-account-credentials", false, "If true, use individual service account credentials for each controller.");

        _rootCa = flags.String("root-ca-file", "", "If set, this root certificate authority is published in every namespace as kube-root-ca.crt.");
        _signing = new SigningFlags(flags);
        _deployments = flags.Int("concurrent-deployment-syncs", defaults.ConcurrentDeploymentSyncs, "The number of deployment objects that are allowed to sync concurrently.");
        _replicaSets = flags.Int("concurrent-replicaset-syncs", defaults.ConcurrentReplicaSetSyncs, "The number of replica sets that are allowed to sync concurrently.");
        _namespaces = flags.Int("concurrent-namespace-syncs", defaults.ConcurrentNamespaceSyncs, "The number of namespace objects that are allowed to sync concurrently.");
        _garbage = flags.Int("concurrent-gc-syncs", defaults.ConcurrentGarbageCollectorSyncs, "The number of garbage collector workers that are allowed to sync concurrently.");
        _endpoints = flags.Int("concurrent-endpoint-syncs", defaults.ConcurrentEndpointSyncs, "The number of endpoint syncing operations that will be done concurrently.");
        _slices = flags.Int("concurrent-service-endpoint-syncs", defaults.ConcurrentServiceEndpointSyncs, "The number of service endpoint syncing operations that will be done concurrently.");
        _serviceAccounts = flags.Int("concurrent-serviceaccount-syncs", defaults.ConcurrentServiceAccountSyncs, "The number of service account objects that are allowed to sync concurrently.");
        _maxEndpoints = flags.Int("max-endpoints-per-slice", defaults.MaxEndpointsPerSlice, "The maximum number of endpoints that will be added to an EndpointSlice.");
        _nodePeriod = flags.Duration("node-monitor-period", defaults.NodeMonitorPeriod, "The period for syncing NodeStatus.");
        _nodeGrace = flags.Duration("node-monitor-grace-period", defaults.NodeMonitorGracePeriod, "Amount of time which we allow running Node to be unresponsive before marking it unhealthy.");
        _nodeStartup = flags.Duration("node-startup-grace-period", defaults.NodeStartupGracePeriod, "Amount of time which we allow starting Node to be unresponsive before marking it unhealthy.");
        _evictionRate = flags.Float("node-eviction-rate", defaults.NodeEvictionRate, "Number of nodes per second on which pods are deleted in case of node failure when a zone is healthy.");
        _secondaryRate = flags.Float("secondary-node-eviction-rate", defaults.SecondaryNodeEvictionRate, "Number of nodes per second on which pods are deleted in case of node failure when a zone is unhealthy.");
        _largeCluster = flags.Int("large-cluster-size-threshold", defaults.LargeClusterSizeThreshold, "Number of nodes from which the node lifecycle controller treats the cluster as large for the eviction logic purposes.");
        _unhealthyZone = flags.Float("unhealthy-zone-threshold", defaults.UnhealthyZoneThreshold, "Fraction of Nodes in a zone which needs to be not Ready (minimum 3) for zone to be treated as unhealthy.");
        _podGc = flags.Int("terminated-pod-gc-threshold", defaults.TerminatedPodGcThreshold, "Number of terminated pods that can exist before the terminated pod garbage collector starts deleting terminated pods. If <= 0, it is disabled.");
        _gc = flags.Bool("enable-garbage-collector", defaults.EnableGarbageCollector, "Enables the generic garbage collector. MUST be synced with the corresponding flag of the kube-apiserver.");

        flags.Accepted("allocate-node-cidrs", "pod ranges are not allocated here.");
        flags.Accepted("cluster-cidr", "pod ranges are not allocated here.");
        flags.Accepted("node-cidr-mask-size", "pod ranges are not allocated here.");
        flags.Accepted("service-cluster-ip-range", "it matters to pod ranges alone.");
        flags.Accepted("cluster-name", "it names the cluster to cloud providers.");
        flags.Accepted("service-account-private-key-file", "tokens are issued by the API server alone.");
        flags.Accepted("pod-eviction-timeout", "evictions follow the pods' tolerations.");
        flags.Accepted("profiling", "there is no profiling endpoint.");
        flags.Accepted("kube-api-qps", "requests are not limited by the client.");
        flags.Accepted("kube-api-burst", "requests are not limited by the client.");
        flags.Accepted("authorization-always-allow-paths", "health is always readable, and nothing else is.");
        flags.Accepted("feature-gates", "features are not gated.");
        flags.Accepted("flex-volume-plugin-dir", "volume plugins are the kubelet's.");
    }

    public Flag<string> Kubeconfig { get; }

    public Flag<string> AuthenticationKubeconfig { get; }

    public Flag<string> AuthorizationKubeconfig { get; }

    public Flag<string> ClientCa { get; }

    public Flag<int> SecurePort { get; }

    public Flag<string> TlsCertificate { get; }

    public Flag<string> TlsKey { get; }

    public LeaderElectionFlags LeaderElection { get; }

    public Flag<IReadOnlyList<string>> Controllers { get; }

    public Flag<bool> UseServiceAccountCredentials { get; }

    public IPAddress BindAddress => IPAddress.TryParse(_bindAddress.Value, out var address)
        ? address : throw new UsageException($"--bind-address: \"{_bindAddress.Value}\" is not an IP address", 2);

    /// <summary>What the controllers are told.</summary>
    /// <exception cref="UsageException">A file cannot be read.</exception>
    public ControllerManagerOptions Options => new()
    {
        RootCertificates = _rootCa.Value.Length == 0 ? null : ReadFile("root-ca-file", _rootCa.Value),
        ConcurrentDeploymentSyncs = _deployments.Value,
        ConcurrentReplicaSetSyncs = _replicaSets.Value,
        ConcurrentNamespaceSyncs = _namespaces.Value,
        ConcurrentGarbageCollectorSyncs = _garbage.Value,
        ConcurrentEndpointSyncs = _endpoints.Value,
        ConcurrentServiceEndpointSyncs = _slices.Value,
        ConcurrentServiceAccountSyncs = _serviceAccounts.Value,
        MaxEndpointsPerSlice = _maxEndpoints.Value,
        NodeMonitorPeriod = _nodePeriod.Value,
        NodeMonitorGracePeriod = _nodeGrace.Value,
        NodeStartupGracePeriod = _nodeStartup.Value,
        NodeEvictionRate = _evictionRate.Value,
        SecondaryNodeEvictionRate = _secondaryRate.Value,
        LargeClusterSizeThreshold = _largeCluster.Value,
        UnhealthyZoneThreshold = _unhealthyZone.Value,
        TerminatedPodGcThreshold = _podGc.Value,
        EnableGarbageCollector = _gc.Value,
        Signing = _signing.Options,
    };

    private static string ReadFile(string flag, string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--{flag}={path} cannot be read: {e.Message}");
        }
    }
}
