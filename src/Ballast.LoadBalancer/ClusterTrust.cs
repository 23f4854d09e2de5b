using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using k8s;

namespace Ballast.LoadBalancer;

/// <summary>
/// The cluster's CA, which every server is checked against, and the credentials the balancer reads its server list with. Follows its files: they are read again for
/// every new connection, and what was read last stays in use while they cannot be. Safe for concurrent use.
/// </summary>
internal sealed partial class ClusterTrust
{
    private readonly string _certificateAuthority;
    private readonly string _kubeconfig;
    private readonly Lock _gate = new(); // guards _current
    private Files _current;

    private ClusterTrust(string certificateAuthority, string kubeconfig)
    {
        (_certificateAuthority, _kubeconfig) = (certificateAuthority, kubeconfig);
        _current = Read();
    }

    public string? Token => Current().Token;

    /// <summary>From a CA file, a kubeconfig, or both; the file's CA is used when both name one.</summary>
    public static ClusterTrust Load(string certificateAuthority, string kubeconfig) => new(certificateAuthority, kubeconfig);

    public SocketsHttpHandler CreateHandler(TimeSpan connectionLifetime)
    {
        var handler = new SocketsHttpHandler
        {
            PooledConnectionLifetime = connectionLifetime,
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Trusts(certificate, chain, errors),
            },
        };
        if (Current().ClientCertificate is not null)
            handler.SslOptions.LocalCertificateSelectionCallback = (_, _, _, _, _) => Current().ClientCertificate!;
        return handler;
    }

    private bool Trusts(X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(Current().Authorities);
        foreach (var sent in presented?.ChainElements.Skip(1) ?? [])
            chain.ChainPolicy.ExtraStore.Add(sent.Certificate);
        return chain.Build((X509Certificate2)certificate);
    }

    private Files Current()
    {
        lock (_gate)
        {
            try
            {
                if (TextOf(_certificateAuthority) != _current.AuthorityText || KubeconfigText() != _current.KubeconfigText)
                    _current = Read();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException or FormatException
                or k8s.Exceptions.KubeConfigException or YamlDotNet.Core.YamlException)
            {
                // They are being replaced; the next connection looks again.
            }
            return _current;
        }
    }

    private Files Read()
    {
        var (authorityText, kubeconfigText) = (TextOf(_certificateAuthority), KubeconfigText());
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authorityText);
        if (_certificateAuthority.Length > 0 && authorities.Count == 0)
            throw new CryptographicException($"{_certificateAuthority} contains no certificate");
        if (_kubeconfig.Length == 0)
            return new(authorities, null, null, authorityText, kubeconfigText);
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(_kubeconfig);
        return new(authorities.Count > 0 ? authorities : config.SslCaCerts ?? [], ClientCertificate(config), config.AccessToken, authorityText, kubeconfigText);
    }

    /// <summary>With what it names: a kubelet's has its certificate in a file of its own, which is replaced beneath it.</summary>
    private string KubeconfigText()
    {
        var text = TextOf(_kubeconfig);
        var certificate = NamedCertificate().Match(text);
        return certificate.Success ? text + TextOf(Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_kubeconfig))!, certificate.Groups["file"].Value.Trim('"', '\''))) : text;
    }

    [GeneratedRegex(@"^[ -]*client-certificate:\s*(?<file>\S+)\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex NamedCertificate();

    private static string TextOf(string file) => file.Length == 0 ? "" : File.ReadAllText(file);

    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration config)
    {
        if (config.ClientCertificateFilePath is { } certificate && config.ClientKeyFilePath is { } key)
            return X509Certificate2.CreateFromPemFile(certificate, key);
        if (config.ClientCertificateData is { } data && config.ClientCertificateKeyData is { } keyData)
            return X509Certificate2.CreateFromPem(Pem(data), Pem(keyData));
        return null;
    }

    private static string Pem(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    private sealed record Files(X509Certificate2Collection Authorities, X509Certificate2? ClientCertificate, string? Token, string AuthorityText, string KubeconfigText);
}
