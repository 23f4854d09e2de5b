using System.Text;
using Ballast.Admin.Files;
using Ballast.Admin.Pki;
using k8s;
using k8s.KubeConfigModels;

namespace Ballast.Admin.Kubeconfigs;

/// <summary>
/// What a kubeconfig of one cluster and one user embeds: the CA's bundle, the client certificate and its key. They are replaced in place; everything else in the file
/// stays as somebody may have written it. A certificate and key that it names instead, as a kubelet's does that rotates them itself, are embedded when they are replaced.
/// </summary>
public sealed class EmbeddedCredentials
{
    private readonly string _path;
    private readonly string _text;
    private readonly string _ca;
    private readonly string _certificateLine;
    private readonly string _keyLine;

    private EmbeddedCredentials(string path, string text, string ca, string certificateLine, string keyLine, KeyPair pair) =>
        (_path, _text, _ca, _certificateLine, _keyLine, Pair) = (path, text, ca, certificateLine, keyLine, pair);

    public string CaPem => Text(_ca);

    public KeyPair Pair { get; }

    /// <summary>Null where the file embeds no CA, or holds no client certificate.</summary>
    /// <exception cref="PkiException">It is not a kubeconfig of one cluster and one user.</exception>
    public static EmbeddedCredentials? Read(string path)
    {
        try
        {
            var text = File.ReadAllText(path);
            var config = KubernetesYaml.Deserialize<K8SConfiguration>(text);
            var cluster = config.Clusters.Single().ClusterEndpoint;
            var user = config.Users.Single().UserCredentials;
            return cluster.CertificateAuthorityData is not { Length: > 0 } ca ? null
                : user is { ClientCertificateData: { Length: > 0 } certificate, ClientKeyData: { Length: > 0 } key }
                    ? new(path, text, ca, Embedded("certificate", certificate), Embedded("key", key), new(Text(certificate), Text(key)))
                : user is { ClientCertificate: { Length: > 0 } certificateFile, ClientKey: { Length: > 0 } keyFile }
                    ? new(path, text, ca, $"client-certificate: {certificateFile}", $"client-key: {keyFile}", new(Blocks(path, certificateFile, "CERTIFICATE"), Blocks(path, keyFile, "PRIVATE KEY")))
                : null;
        }
        catch (Exception wrong) when (wrong is YamlDotNet.Core.YamlException or InvalidOperationException or ArgumentNullException or NullReferenceException)
        {
            throw new PkiException($"{path} is not a kubeconfig of one cluster and one user: {wrong.Message}");
        }
    }

    /// <summary>Replaces all three in one write.</summary>
    public void Write(string caPem, KeyPair pair) => AtomicFile.Write(_path, _text
        .Replace(_ca, Base64(caPem), StringComparison.Ordinal)
        .Replace(_certificateLine, Embedded("certificate", Base64(pair.CertificatePem)), StringComparison.Ordinal)
        .Replace(_keyLine, Embedded("key", Base64(pair.KeyPem)), StringComparison.Ordinal), AtomicFile.Secret);

    private static string Embedded(string field, string base64) => $"client-{field}-data: {base64}";

    /// <summary>One file may hold both the certificate and the key.</summary>
    private static string Blocks(string path, string file, string label) => string.Concat(PemText.Blocks(File.ReadAllText(Path.Combine(Path.GetDirectoryName(path)!, file)), label));

    private static string Text(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
