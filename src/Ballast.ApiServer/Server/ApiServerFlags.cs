using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Flags;

namespace Ballast.ApiServer.Server;

/// <summary>kube-apiserver's flags: upstream's names, syntax and defaults.</summary>
internal sealed class ApiServerFlags
{
    private readonly Flag<IReadOnlyList<string>> _etcdServers;
    private readonly Flag<string> _etcdCaFile;
    private readonly Flag<string> _etcdCertFile;
    private readonly Flag<string> _etcdKeyFile;
    private readonly Flag<string> _etcdPrefix;
    private readonly Flag<TimeSpan> _etcdCompactionInterval;
    private readonly Flag<string> _advertiseAddress;
    private readonly Flag<string> _bindAddress;
    private readonly Flag<int> _securePort;
    private readonly Flag<string> _tlsCertFile;
    private readonly Flag<string> _tlsPrivateKeyFile;
    private readonly Flag<string> _clientCaFile;
    private readonly Flag<string> _requestHeaderCaFile;
    private readonly Flag<IReadOnlyList<string>> _requestHeaderAllowedNames;
    private readonly Flag<IReadOnlyList<string>> _requestHeaderUsernames;
    private readonly Flag<IReadOnlyList<string>> _requestHeaderGroups;
    private readonly Flag<IReadOnlyList<string>> _requestHeaderExtra;
    private readonly Flag<string> _kubeletCertificate;
    private readonly Flag<string> _kubeletKey;
    private readonly Flag<string> _kubeletCa;
    private readonly Flag<IReadOnlyList<string>> _kubeletAddressTypes;
    private readonly Flag<IReadOnlyList<string>> _issuers;
    private readonly Flag<IReadOnlyList<string>> _serviceAccountKeys;
    private readonly Flag<string> _signingKey;
    private readonly Flag<IReadOnlyList<string>> _audiences;
    private readonly Flag<IReadOnlyList<string>> _serviceRange;
    private readonly Flag<string> _nodePortRange;
    private readonly Flag<IReadOnlyList<string>> _authorizationMode;
    private readonly Flag<IReadOnlyList<string>> _enableAdmission;
    private readonly Flag<IReadOnlyList<string>> _disableAdmission;
    private readonly Flag<bool> _bootstrapTokens;
    private readonly Flag<bool> _allowPrivileged;
    private readonly Flag<bool> _anonymous;
    private readonly Flag<TimeSpan> _eventTtl;
    private readonly Flag<TimeSpan> _requestTimeout;
    private readonly Flag<int> _minRequestTimeout;
    private readonly Flag<int> _maxInFlight;
    private readonly Flag<int> _maxMutatingInFlight;
    private readonly Flag<TimeSpan> _shutdownDelay;
    private readonly Flag<double> _goAwayChance;

    public ApiServerFlags(FlagSet flags)
    {
        _etcdServers = flags.StringSlice("etcd-servers", [], "List of etcd servers to connect with (scheme://ip:port), comma separated.");
        _etcdCaFile = flags.String("etcd-cafile", "", "SSL Certificate Authority file used to secure etcd communication.");
        _etcdCertFile = flags.String("etcd-certfile", "", "SSL certification file used to secure etcd communication.");
        _etcdKeyFile = flags.String("etcd-keyfile", "", "SSL key file used to secure etcd communication.");
        _etcdPrefix = flags.String("etcd-prefix", "/registry", "The prefix to prepend to all resource paths in etcd.");
        _etcdCompactionInterval = flags.Duration("etcd-compaction-interval", TimeSpan.FromMinutes(5), "The interval of compaction requests. If 0, the compaction request from apiserver is disabled.");
        _advertiseAddress = flags.String("advertise-address", "", "The IP address on which to advertise the apiserver to members of the cluster. If blank, the --bind-address will be used.");
        _bindAddress = flags.String("bind-address", "0.0.0.0", "The IP address on which to listen for the --secure-port port.");
        _securePort = flags.Int("secure-port", 6443, "The port on which to serve HTTPS with authentication and authorization.");
        _tlsCertFile = flags.String("tls-cert-file", "", "File containing the default x509 Certificate for HTTPS.");
        _tlsPrivateKeyFile = flags.String("tls-private-key-file", "", "File containing the default x509 private key matching --tls-cert-file.");
        _clientCaFile = flags.String("client-ca-file", "", "Requests presenting a client certificate signed by one of the authorities in this file are authenticated with its CommonName.");
        _requestHeaderCaFile = flags.String("requestheader-client-ca-file", "", "Root certificate bundle to verify client certificates with before trusting usernames in headers.");
        _requestHeaderAllowedNames = flags.StringSlice("requestheader-allowed-names", [], "Client certificate common names that may provide usernames in headers; empty for any.");
        _requestHeaderUsernames = flags.StringSlice("requestheader-username-headers", [], "Request headers to inspect for usernames.");
        _requestHeaderGroups = flags.StringSlice("requestheader-group-headers", [], "Request headers to inspect for groups.");
        _requestHeaderExtra = flags.StringSlice("requestheader-extra-headers-prefix", [], "Request header prefixes to inspect.");
        _kubeletCertificate = flags.String("kubelet-client-certificate", "", "Path to a client cert file for TLS.");
        _kubeletKey = flags.String("kubelet-client-key", "", "Path to a client key file for TLS.");
        _kubeletCa = flags.String("kubelet-certificate-authority", "", "Path to a cert file for the certificate authority of the kubelets; without it their certificates are not verified.");
        _kubeletAddressTypes = flags.StringSlice("kubelet-preferred-address-types", ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"], "The preferred NodeAddressTypes to use for kubelet connections.");
        _issuers = flags.StringSlice("service-account-issuer", [], "Identifier of the service account token issuer; the first is used to issue.");
        _serviceAccountKeys = flags.StringSlice("service-account-key-file", [], "File containing PEM-encoded x509 RSA or ECDSA private or public keys, used to verify ServiceAccount tokens.");
        _signingKey = flags.String("service-account-signing-key-file", "", "Path to the file that contains the current private key of the service account token issuer.");
        _audiences = flags.StringSlice("api-audiences", [], "Identifiers of the API; tokens must be issued for at least one. Defaults to the issuer.");
        _serviceRange = flags.StringSlice("service-cluster-ip-range", ["10.96.0.0/12"], "A CIDR notation IP range from which to assign service cluster IPs; two for dual stack.");
        _nodePortRange = flags.String("service-node-port-range", "30000-32767", "A port range to reserve for services with NodePort visibility.");
        _authorizationMode = flags.StringSlice("authorization-mode", ["AlwaysAllow"], "Ordered list of plug-ins to do authorization on secure port: AlwaysAllow, AlwaysDeny, RBAC, Node.");
        _enableAdmission = flags.StringSlice("enable-admission-plugins", [], "Admission plugins that should be enabled in addition to default enabled ones.");
        _disableAdmission = flags.StringSlice("disable-admission-plugins", [], "Admission plugins that should be disabled although they are in the default enabled plugins list.");
        _bootstrapTokens = flags.Bool("enable-bootstrap-token-auth", false, "Enable to allow secrets of type 'bootstrap.kubernetes.io/token' in the 'kube-system' namespace to be used for TLS bootstrapping authentication.");
        _allowPrivileged = flags.Bool("allow-privileged", false, "If true, allow privileged containers.");
        _anonymous = flags.Bool("anonymous-auth", true, "Enables anonymous requests, which are served health and version, where a role allows it kube-public/cluster-info, and nothing else.");
        _eventTtl = flags.Duration("event-ttl", TimeSpan.FromHours(1), "Amount of time to retain events.");
        _requestTimeout = flags.Duration("request-timeout", TimeSpan.FromMinutes(1), "How long a handler keeps a request open before it times out; not for watches and connections.");
        _minRequestTimeout = flags.Int("min-request-timeout", 1800, "The minimum number of seconds a watch is kept open that brings no timeout of its own.");
        _maxInFlight = flags.Int("max-requests-inflight", 400, "The maximum number of non-mutating requests in flight at a given time; 0 for no limit.");
        _maxMutatingInFlight = flags.Int("max-mutating-requests-inflight", 200, "The maximum number of mutating requests in flight at a given time; 0 for no limit.");
        _shutdownDelay = flags.Duration("shutdown-delay-duration", TimeSpan.Zero, "Time to delay the termination. During that time the server keeps serving requests normally, /healthz and /livez return success, and /readyz returns failure.");
        _goAwayChance = flags.Float("goaway-chance", 0, "To prevent HTTP/2 clients from getting stuck on a single apiserver, randomly close a connection (GOAWAY). Requests in flight are not affected, and the client reconnects, likely landing on a different apiserver after going through the load balancer again. Min is 0 (off), Max is .02 (1/50 requests); .001 (1/1000) is a recommended starting point.");

        flags.Accepted("proxy-client-cert-file", "there is no aggregation layer that would use it.");
        flags.Accepted("proxy-client-key-file", "there is no aggregation layer that would use it.");
        flags.Accepted("profiling", "there is no profiler on the serving port.");
        flags.Accepted("feature-gates", "no feature is behind a gate.");
        flags.Accepted("runtime-config", "every version is served that is built in.");
        flags.Accepted("storage-backend", "etcd3 is the only one.");
        flags.Accepted("storage-media-type", "objects are stored as JSON.");
        flags.Accepted("watch-cache", "every resource has one.");
        flags.Accepted("default-watch-cache-size", "caches size themselves.");
        flags.Accepted("enable-aggregator-routing", "there is no aggregation layer.");
        flags.Accepted("endpoint-reconciler-type", "it is lease.");
        flags.Accepted("apiserver-count", "leases count the servers.");
        flags.Accepted("kubelet-https", "kubelets are only spoken to over HTTPS.");
        flags.Accepted("cert-dir", "without --tls-cert-file a certificate is made in memory.");
        flags.Accepted("enable-priority-and-fairness", "requests are limited by the in-flight flags.");
    }

    /// <exception cref="UsageException">One sentence that names the flag and what is wrong with it.</exception>
    public ApiServerOptions ToOptions()
    {
        if (_etcdServers.Value.Count == 0)
            throw new UsageException("--etcd-servers must be specified");
        var bind = Address(_bindAddress);
        return new ApiServerOptions
        {
            EtcdServers = _etcdServers.Value,
            EtcdCaFile = _etcdCaFile.Value,
            EtcdCertFile = _etcdCertFile.Value,
            EtcdKeyFile = _etcdKeyFile.Value,
            EtcdPrefix = _etcdPrefix.Value,
            EtcdCompactionInterval = _etcdCompactionInterval.Value,
            AdvertiseAddress = _advertiseAddress.Value.Length > 0 ? Address(_advertiseAddress) : IsAny(bind) ? OwnAddress() : bind,
            BindAddress = bind,
            SecurePort = Port(_securePort),
            TlsCertFile = _tlsCertFile.Value,
            TlsPrivateKeyFile = _tlsPrivateKeyFile.Value,
            ClientCaFile = _clientCaFile.Value,
            RequestHeaderClientCaFile = _requestHeaderCaFile.Value,
            RequestHeaderAllowedNames = _requestHeaderAllowedNames.Value,
            RequestHeaderUsernameHeaders = _requestHeaderUsernames.Value,
            RequestHeaderGroupHeaders = _requestHeaderGroups.Value,
            RequestHeaderExtraHeadersPrefix = _requestHeaderExtra.Value,
            KubeletClientCertificate = _kubeletCertificate.Value,
            KubeletClientKey = _kubeletKey.Value,
            KubeletCertificateAuthority = _kubeletCa.Value,
            KubeletPreferredAddressTypes = _kubeletAddressTypes.Value,
            ServiceAccountIssuers = _issuers.Value,
            ServiceAccountKeyFiles = _serviceAccountKeys.Value,
            ServiceAccountSigningKeyFile = _signingKey.Value,
            ApiAudiences = _audiences.Value,
            ServiceClusterIpRanges = Ranges(_serviceRange),
            ServiceNodePortRange = _nodePortRange.Value,
            AuthorizationModes = _authorizationMode.Value,
            EnableAdmissionPlugins = _enableAdmission.Value,
            DisableAdmissionPlugins = _disableAdmission.Value,
            EnableBootstrapTokenAuth = _bootstrapTokens.Value,
            AllowPrivileged = _allowPrivileged.Value,
            AnonymousAuth = _anonymous.Value,
            EventTtl = Positive(_eventTtl),
            RequestTimeout = Positive(_requestTimeout),
            MinRequestTimeout = TimeSpan.FromSeconds(Math.Max(1, _minRequestTimeout.Value)),
            MaxRequestsInFlight = NotNegative(_maxInFlight),
            MaxMutatingRequestsInFlight = NotNegative(_maxMutatingInFlight),
            ShutdownDelayDuration = _shutdownDelay.Value >= TimeSpan.Zero ? _shutdownDelay.Value : throw new UsageException("--shutdown-delay-duration can not be negative value"),
            GoAwayChance = _goAwayChance.Value is >= 0 and <= 0.02 ? _goAwayChance.Value : throw new UsageException("--goaway-chance can not be less than 0 or greater than 0.02"),
        };
    }

    private static IPAddress Address(Flag<string> flag) =>
        IPAddress.TryParse(flag.Value, out var address) ? address : throw new UsageException($"--{flag.Name} \"{flag.Value}\" is not an IP address");

    private static int Port(Flag<int> flag) =>
        flag.Value is > 0 and <= 65535 ? flag.Value : throw new UsageException($"--{flag.Name} {flag.Value} must be between 1 and 65535, inclusive. It cannot be turned off with 0");

    private static int NotNegative(Flag<int> flag) =>
        flag.Value >= 0 ? flag.Value : throw new UsageException($"--{flag.Name} can not be negative value");

    private static TimeSpan Positive(Flag<TimeSpan> flag) =>
        flag.Value > TimeSpan.Zero ? flag.Value : throw new UsageException($"--{flag.Name} must be greater than 0");

    private static IReadOnlyList<string> Ranges(Flag<IReadOnlyList<string>> flag)
    {
        foreach (var range in flag.Value)
            if (!IPNetwork.TryParse(range, out _))
                throw new UsageException($"--{flag.Name} \"{range}\" is not a CIDR");
        return flag.Value is { Count: 1 or 2 } ranges ? ranges : throw new UsageException($"--{flag.Name} must contain at least one valid cidr, and at most two");
    }

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    // As upstream: the address of the interface with the default route.
    private static IPAddress OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(i => i.OperationalStatus == OperationalStatus.Up && i.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .OrderByDescending(i => i.GetIPProperties().GatewayAddresses.Count)
        .SelectMany(i => i.GetIPProperties().UnicastAddresses)
        .Select(a => a.Address)
        .FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork)
        ?? throw new UsageException("unable to find suitable network address, try to set --advertise-address directly");
}
