using System.Net;

namespace Ballast.ApiServer.Server;

/// <summary>What the flags say, under upstream's names; see <see cref="ApiServerFlags"/> for what each means.</summary>
public sealed record ApiServerOptions
{
    public required IReadOnlyList<string> EtcdServers { get; init; }

    public string EtcdCaFile { get; init; } = "";

    public string EtcdCertFile { get; init; } = "";

    public string EtcdKeyFile { get; init; } = "";

    public string EtcdPrefix { get; init; } = "/registry";

    public TimeSpan EtcdCompactionInterval { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Where the others find this server: its address in the <c>kubernetes</c> Service.</summary>
    public required IPAddress AdvertiseAddress { get; init; }

    public IPAddress BindAddress { get; init; } = IPAddress.Any;

    public int SecurePort { get; init; } = 6443;

    public string TlsCertFile { get; init; } = "";

    public string TlsPrivateKeyFile { get; init; } = "";

    public string ClientCaFile { get; init; } = "";

    public string RequestHeaderClientCaFile { get; init; } = "";

    public IReadOnlyList<string> RequestHeaderAllowedNames { get; init; } = [];

    public IReadOnlyList<string> RequestHeaderUsernameHeaders { get; init; } = [];

    public IReadOnlyList<string> RequestHeaderGroupHeaders { get; init; } = [];

    public IReadOnlyList<string> RequestHeaderExtraHeadersPrefix { get; init; } = [];

    public string KubeletClientCertificate { get; init; } = "";

    public string KubeletClientKey { get; init; } = "";

    public string KubeletCertificateAuthority { get; init; } = "";

    public IReadOnlyList<string> KubeletPreferredAddressTypes { get; init; } = ["Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP"];

    public IReadOnlyList<string> ServiceAccountIssuers { get; init; } = [];

    public IReadOnlyList<string> ServiceAccountKeyFiles { get; init; } = [];

    public string ServiceAccountSigningKeyFile { get; init; } = "";

    public IReadOnlyList<string> ApiAudiences { get; init; } = [];

    public IReadOnlyList<string> ServiceClusterIpRanges { get; init; } = ["10.96.0.0/12"];

    public string ServiceNodePortRange { get; init; } = "30000-32767";

    public IReadOnlyList<string> AuthorizationModes { get; init; } = ["AlwaysAllow"];

    public IReadOnlyList<string> EnableAdmissionPlugins { get; init; } = [];

    public IReadOnlyList<string> DisableAdmissionPlugins { get; init; } = [];

    public bool EnableBootstrapTokenAuth { get; init; }

    public bool AllowPrivileged { get; init; }

    public bool AnonymousAuth { get; init; } = true;

    public TimeSpan EventTtl { get; init; } = TimeSpan.FromHours(1);

    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public TimeSpan MinRequestTimeout { get; init; } = TimeSpan.FromMinutes(30);

    public int MaxRequestsInFlight { get; init; } = 400;

    public int MaxMutatingRequestsInFlight { get; init; } = 200;

    public double GoAwayChance { get; init; }

    public TimeSpan ShutdownDelayDuration { get; init; }
}
