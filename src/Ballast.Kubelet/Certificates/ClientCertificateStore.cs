using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using k8s;

namespace Ballast.Kubelet.Certificates;

/// <summary>
/// The kubelet's client certificate: the one that its kubeconfig holds, and once it has been rotated, <c>pki/kubelet-client-current.pem</c> below the kubelet's folder, a
/// link to the newest file of certificate and key. The kubeconfig then names that link; its client follows both.
/// </summary>
internal sealed class ClientCertificateStore(string kubeconfigPath, string rootFolder, TimeProvider time)
{
    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder = Path.Combine(rootFolder, "pki");

    private string Link => Path.Combine(_folder, "kubelet-client-current.pem");

    /// <summary>The certificate as the files hold it now, without its key; null where the kubeconfig has none.</summary>
    public X509Certificate2? Current()
    {
        var config = KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(kubeconfigPath));
        return !string.IsNullOrEmpty(config.ClientCertificateData) ? X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(config.ClientCertificateData)))
            : !string.IsNullOrEmpty(config.ClientCertificateFilePath) ? X509Certificate2.CreateFromPem(File.ReadAllText(config.ClientCertificateFilePath))
            : null;
    }

    /// <summary>Puts a pair in use. Whoever dies in between leaves the old one in use or the new one.</summary>
    public void Save(string certificatePem, string keyPem)
    {
        Directory.CreateDirectory(_folder, Secret | UnixFileMode.UserExecute);
        var name = $"kubelet-client-{time.GetUtcNow().ToString("yyyy-MM-dd-HH-mm-ss", CultureInfo.InvariantCulture)}.pem";
        Write(Path.Combine(_folder, name), certificatePem + keyPem);
        var draft = Link + ".draft";
        File.Delete(draft);
        File.CreateSymbolicLink(draft, name);
        File.Move(draft, Link, overwrite: true);
        NameInKubeconfig();
    }

    private void NameInKubeconfig()
    {
        var text = File.ReadAllText(kubeconfigPath);
        foreach (var field in (ReadOnlySpan<string>)["client-certificate", "client-key"])
            text = Regex.Replace(text, $"^(?<indent>[ -]*){field}(-data)?:.*$", m => $"{m.Groups["indent"].Value}{field}: {Link}", RegexOptions.Multiline);
        if (text != File.ReadAllText(kubeconfigPath))
            Write(kubeconfigPath, text);
    }

    private static void Write(string path, string text)
    {
        var draft = path + ".draft";
        using (var stream = new FileStream(draft, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = Secret }))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, path, overwrite: true);
    }
}
