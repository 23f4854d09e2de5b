using Ballast.Admin.Clusters;

namespace Ballast.Admin.Configuration;

/// <summary>What <c>join</c> is told: kubeadm's JoinConfiguration, as far as it is supported.</summary>
public sealed record JoinConfiguration
{
    public HostConfiguration Host { get; init; } = new();

    /// <summary><c>HOST:PORT</c>.</summary>
    public string Endpoint { get; init; } = "";

    public string Token { get; init; } = "";

    /// <summary><c>sha256:…</c> of the public key of a CA that is accepted.</summary>
    public IReadOnlyList<string> CaCertHashes { get; init; } = [];

    /// <summary>Trust whatever CA the token's signature vouches for.</summary>
    public bool UnsafeSkipCAVerification { get; init; }

    public bool ControlPlane { get; init; }

    /// <summary>Decrypts what <c>upload-certs</c> left; hexadecimal.</summary>
    public string CertificateKey { get; init; } = "";

    /// <exception cref="ClusterException">The file cannot be read or holds what it should not; names the field.</exception>
    public static JoinConfiguration Read(string path)
    {
        var join = ConfigurationFile.Read(path, "JoinConfiguration")["JoinConfiguration"];
        join.OneOf("caCertPath", "/etc/kubernetes/pki/ca.crt");
        join.Child("timeouts").Ignore("controlPlaneComponentHealthCheck", "discovery", "etcdAPICall", "kubeletHealthCheck", "kubernetesAPICall", "tlsBootstrap", "upgradeManifests");
        var discovery = join.Child("discovery");
        var bootstrap = discovery.Child("bootstrapToken");
        var controlPlane = join.Child("controlPlane");
        var read = new JoinConfiguration
        {
            Host = HostConfiguration.From(join.Child("nodeRegistration"), controlPlane.Child("localAPIEndpoint")),
            Endpoint = bootstrap.Text("apiServerEndpoint") is { } endpoint ? ClusterConfiguration.WithPort(endpoint) : "",
            Token = bootstrap.Text("token") ?? discovery.Text("tlsBootstrapToken", ""),
            CaCertHashes = bootstrap.Texts("caCertHashes"),
            UnsafeSkipCAVerification = bootstrap.Flag("unsafeSkipCAVerification"),
            ControlPlane = controlPlane.IsPresent,
            CertificateKey = controlPlane.Text("certificateKey", ""),
        };
        if (discovery.Text("tlsBootstrapToken", read.Token) != read.Token)
            throw discovery.Wrong("tlsBootstrapToken", "differs from discovery.bootstrapToken.token, which is not supported");
        join.RefuseTheRest();
        return read;
    }
}
