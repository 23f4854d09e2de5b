using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Tokens;
using Ballast.Client;

namespace Ballast.Admin.Phases;

/// <summary>What the phases of one host work with.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="host">The host.</param>
/// <param name="settings">What the host is told about itself.</param>
/// <param name="program">Full path of the ballast executable, which the host's daemon runs.</param>
/// <param name="steps">Told of the progress.</param>
/// <param name="time">The clock.</param>
public sealed class PhaseContext(ClusterConfiguration cluster, Host host, HostConfiguration settings, string program, ISteps steps, TimeProvider time) : IDisposable
{
    private ApiClient? _admin;

    public ClusterConfiguration Cluster { get; } = cluster;

    public Host Host { get; } = host;

    public HostPaths Paths => Host.Paths;

    public HostConfiguration Settings { get; } = settings;

    public string Program { get; } = program;

    public ISteps Steps { get; } = steps;

    public TimeProvider Time { get; } = time;

    public HostFiles Files { get; } = new(cluster, host, time);

    /// <summary>Does the host run a control plane?</summary>
    public bool IsControlPlane { get; init; } = true;

    /// <summary>Does it have an etcd member, too?</summary>
    public bool HasEtcd => IsControlPlane && Cluster.ExternalEtcd is null;

    /// <summary>How long a phase may wait for something.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromMinutes(4);

    /// <summary>Tokens that <c>bootstrap-token</c> makes.</summary>
    public IReadOnlyList<BootstrapToken> Tokens { get; init; } = [];

    /// <summary>What <c>upload-certs</c> encrypts with and <c>download-certs</c> decrypts with; null for neither.</summary>
    public CertificateKey? CertificateKey { get; init; }

    /// <summary>What a joining host joins with.</summary>
    public BootstrapToken? JoinToken { get; init; }

    /// <summary>How a joining host found the cluster.</summary>
    public ClusterInfo? Discovered { get; init; }

    /// <summary>
    /// The API, through its endpoint, as this control plane's administrator. The first one begins as the super-admin, for nobody else has a role yet.
    /// </summary>
    public ApiClient Admin => _admin ??= ClientFactory.Create(
        File.Exists(Paths.Kubeconfig("super-admin.conf")) ? Paths.Kubeconfig("super-admin.conf") : Paths.Kubeconfig("admin.conf"), "ballast");

    public void Dispose() => _admin?.Dispose();
}
