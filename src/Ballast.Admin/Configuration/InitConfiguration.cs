using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;
using Ballast.ComponentBase.Flags;

namespace Ballast.Admin.Configuration;

/// <summary>What <c>init</c> is told: kubeadm's InitConfiguration and ClusterConfiguration, as far as they are supported.</summary>
public sealed record InitConfiguration
{
    public ClusterConfiguration Cluster { get; init; } = new();

    public HostConfiguration Host { get; init; } = new();

    /// <summary>Tokens to make; one is made up where there is none.</summary>
    public IReadOnlyList<BootstrapToken> Tokens { get; init; } = [];

    /// <summary>The key that <c>upload-certs</c> encrypts with, in hexadecimal; made up where empty.</summary>
    public string CertificateKey { get; init; } = "";

    public IReadOnlyList<string> SkipPhases { get; init; } = [];

    /// <exception cref="ClusterException">The file cannot be read or holds what it should not; names the field.</exception>
    public static InitConfiguration Read(string path)
    {
        var documents = ConfigurationFile.Read(path, "InitConfiguration", "ClusterConfiguration");
        var init = documents["InitConfiguration"];
        init.Child("timeouts").Ignore("controlPlaneComponentHealthCheck", "discovery", "etcdAPICall", "kubeletHealthCheck", "kubernetesAPICall", "tlsBootstrap", "upgradeManifests");
        var read = new InitConfiguration
        {
            Cluster = ClusterConfiguration.From(documents["ClusterConfiguration"]).Check(),
            Host = HostConfiguration.From(init.Child("nodeRegistration"), init.Child("localAPIEndpoint")),
            Tokens = [.. init.Children("bootstrapTokens").Select(TokenFrom)],
            CertificateKey = init.Text("certificateKey", ""),
            SkipPhases = init.Texts("skipPhases"),
        };
        foreach (var document in documents.Values)
            document.RefuseTheRest();
        return read;
    }

    private static BootstrapToken TokenFrom(ConfigurationNode node)
    {
        var token = node.Text("token") is { } text ? BootstrapToken.Parse(text) : BootstrapToken.Generate();
        var groups = node.Texts("groups");
        var usages = node.Texts("usages");
        return token with
        {
            Description = node.Text("description", ""),
            Lifetime = node.Text("ttl") is not { } ttl ? BootstrapToken.DefaultLifetime
                : GoDuration.TryParse(ttl, out var lifetime) ? lifetime : throw node.Wrong("ttl", $"is \"{ttl}\", and should be a duration like 24h0m0s"),
            Groups = groups.Count > 0 ? groups : token.Groups,
            Usages = usages.Count > 0 ? usages : token.Usages,
        };
    }
}
