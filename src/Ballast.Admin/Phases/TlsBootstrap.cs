using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Clusters;
using Ballast.Admin.Pki;
using Ballast.Admin.Tokens;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Phases;

/// <summary>
/// Gets the kubelet's client certificate with the join token: a CertificateSigningRequest, which the cluster approves and signs. The key never leaves the host. Where
/// it is interrupted the next run begins with a new key.
/// </summary>
internal sealed class TlsBootstrap(PhaseContext context)
{
    private const string Signer = "kubernetes.io/kube-apiserver-client-kubelet";
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(300);

    public async Task RunAsync(CancellationToken cancel)
    {
        var (cluster, token) = (context.Discovered!, context.JoinToken!);
        using var api = TokenClient.Create(cluster, token);
        using var key = context.Cluster.KeyAlgorithm.NewKey();
        var certificate = await RequestAsync(api.Resources<V1CertificateSigningRequest>(), key, cancel);
        context.Files.KubeconfigFor(context.Files.KubeletUser, onHost: true)
            .Write(context.Paths.Kubeconfig("kubelet.conf"), cluster.CaPem, new KeyPair(certificate, key.PrivateKeyPem()));
    }

    private async Task<string> RequestAsync(ResourceClient<V1CertificateSigningRequest> requests, AsymmetricAlgorithm key, CancellationToken cancel)
    {
        var name = $"node-csr-{Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..40]}";
        await requests.CreateAsync(new()
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Request = Encoding.ASCII.GetBytes(CertificateAuthority.Request(context.Files.KubeletUser, key).CreateSigningRequestPem()),
                SignerName = Signer,
                Usages = ["digital signature", "client auth"],
            },
        }, cancel);
        var start = context.Time.GetTimestamp();
        while (context.Time.GetElapsedTime(start) < context.Patience)
        {
            var csr = await requests.GetAsync(null, name, cancel);
            if (csr.Status?.Certificate is { Length: > 0 } certificate)
                return Encoding.ASCII.GetString(certificate);
            if (csr.Status?.Conditions?.FirstOrDefault(c => c.Type is "Denied" or "Failed") is { } refusal)
                throw new ClusterException($"the certificate of {context.Host.Name} was refused: {refusal.Type}, {refusal.Message ?? refusal.Reason}");
            await Task.Delay(PollEvery, context.Time, cancel);
        }
        throw new ClusterException($"nobody signed the certificate of {context.Host.Name} within {context.Patience.TotalSeconds:0} s")
        {
            Hint = $"see whether a controller manager leads, and approve by hand where you must: kubectl certificate approve {name}",
        };
    }
}
