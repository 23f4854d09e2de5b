using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Clusters;
using YamlDotNet.RepresentationModel;

namespace Ballast.Admin.Tokens;

/// <summary>What a cluster says about itself to those who do not know it yet: its CA and its endpoint, in the ConfigMap <c>kube-public/cluster-info</c>.</summary>
/// <param name="Server"><c>https://HOST:PORT</c>.</param>
/// <param name="CaPem">The cluster's CA.</param>
public sealed record ClusterInfo(string Server, string CaPem)
{
    public const string Namespace = "kube-public";

    public const string Name = "cluster-info";

    /// <summary>The ConfigMap's key with the kubeconfig.</summary>
    public const string ContentKey = "kubeconfig";

    public string Render() =>
        $"""
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: {Convert.ToBase64String(Encoding.UTF8.GetBytes(CaPem))}
            server: {Server}
          name: ""
        contexts: null
        current-context: ""
        kind: Config
        preferences: {"{}"}
        users: null

        """;

    /// <summary>The ConfigMap's key with the signature of a token.</summary>
    public static string SignatureKey(BootstrapToken token) => $"jws-kubeconfig-{token.Id}";

    /// <summary>Was the text signed by somebody who knows the token? Compared in constant time.</summary>
    public static bool IsSigned(string content, string signature, BootstrapToken token)
    {
        var header = Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"alg":"HS256","kid":"{{token.Id}}"}"""));
        var payload = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(content));
        var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(token.Secret), Encoding.ASCII.GetBytes($"{header}.{payload}"));
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes($"{header}..{Base64Url.EncodeToString(mac)}"), Encoding.ASCII.GetBytes(signature));
    }

    /// <exception cref="ClusterException">It is not what a cluster publishes.</exception>
    public static ClusterInfo Parse(string content)
    {
        var yaml = new YamlStream();
        try
        {
            yaml.Load(new StringReader(content));
            var cluster = yaml.Documents[0].RootNode["clusters"][0]["cluster"];
            return new(cluster["server"].ToString(), Encoding.UTF8.GetString(Convert.FromBase64String(cluster["certificate-authority-data"].ToString())));
        }
        catch (Exception malformed) when (malformed is YamlDotNet.Core.YamlException or KeyNotFoundException or ArgumentException or FormatException or InvalidOperationException or NotSupportedException)
        {
            throw new ClusterException($"the kubeconfig in {Namespace}/{Name} cannot be read: {malformed.Message}");
        }
    }
}
