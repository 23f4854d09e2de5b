using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s;

namespace Ballast.Client;

/// <summary>A kubeconfig and the files it names, read again when one of them has changed. Thread-safe.</summary>
internal sealed class KubeconfigFile
{
    private readonly string _path;
    private readonly Lock _lock = new(); // guards _current
    private Loaded _current;

    public KubeconfigFile(string path)
    {
        _path = path;
        _current = Load();
    }

    /// <summary>What the files say now. Where they cannot be read at the moment (half-written), what they said before.</summary>
    public Loaded Current
    {
        get
        {
            lock (_lock)
                return TryReload();
        }
    }

    /// <summary>True where the server's certificate is for the name asked and ends at a CA of the kubeconfig.</summary>
    public bool Trusts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => Current.Trusts(certificate, chain, errors);

    private Loaded TryReload()
    {
        try
        {
            // The texts themselves: the times of a link say nothing of the file it points to, and the kubelet's certificate is one.
            if (File.ReadAllText(_path) != _current.Text || TextOf(_current.Files) != _current.FilesText)
                _current = Load();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or k8s.Exceptions.KubeConfigException
            or System.Security.Cryptography.CryptographicException or YamlDotNet.Core.YamlException or ArgumentException or FormatException)
        {
            // Rotation writes several files; the next handshake looks again. A file that stays wrong shows as a refused connection.
        }
        return _current;
    }

    private Loaded Load()
    {
        var text = File.ReadAllText(_path);
        var named = KubernetesClientConfiguration.LoadKubeConfig(new FileInfo(_path));
        string[] files = [.. named.Users.SelectMany(u => new[] { u.UserCredentials?.ClientCertificate, u.UserCredentials?.ClientKey })
            .Concat(named.Clusters.Select(c => c.ClusterEndpoint?.CertificateAuthority))
            .Where(file => !string.IsNullOrEmpty(file))
            .Select(file => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_path))!, file!))];
        var filesText = TextOf(files);
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(_path));
        return new(config, ClientCertificate(config), text, files, filesText);
    }

    private static string TextOf(IEnumerable<string> files) => string.Concat(files.Select(File.ReadAllText));

    /// <summary>The certificate with its key, from files or from base64 in the kubeconfig itself; null where it names none.</summary>
    private static X509Certificate2? ClientCertificate(KubernetesClientConfiguration config)
    {
        var certificate = Pem(config.ClientCertificateData, config.ClientCertificateFilePath);
        var key = Pem(config.ClientCertificateKeyData, config.ClientKeyFilePath);
        return certificate is null || key is null ? null : X509Certificate2.CreateFromPem(certificate, key);
    }

    private static string? Pem(string? base64, string? path) =>
        !string.IsNullOrEmpty(base64) ? Encoding.UTF8.GetString(Convert.FromBase64String(base64))
        : !string.IsNullOrEmpty(path) ? File.ReadAllText(path)
        : null;

    /// <param name="Config">As the package reads it.</param>
    /// <param name="ClientCertificate">Null where it names none.</param>
    /// <param name="Text">Of the kubeconfig.</param>
    /// <param name="Files">Those that the kubeconfig names.</param>
    /// <param name="FilesText">What they held, one after the other.</param>
    internal sealed record Loaded(KubernetesClientConfiguration Config, X509Certificate2? ClientCertificate, string Text, IReadOnlyList<string> Files, string FilesText)
    {
        public bool Trusts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => ServerTrust.Trusts(Config, certificate, chain, errors);
    }
}
