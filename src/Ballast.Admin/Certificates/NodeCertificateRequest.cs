using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Clusters;
using Ballast.Admin.Phases;
using Ballast.Admin.Pki;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Admin.Certificates;

/// <summary>Gets a kubelet its client certificate: a CertificateSigningRequest, which the cluster approves and signs. The key never leaves the host.</summary>
/// <param name="api">The API, as somebody whose requests for the node are approved: the node itself, or whoever joins.</param>
/// <param name="node">The node's name.</param>
/// <param name="patience">How long the cluster may take.</param>
/// <param name="time">The clock.</param>
internal sealed class NodeCertificateRequest(ApiClient api, string node, TimeSpan patience, TimeProvider time)
{
    private const string Signer = "kubernetes.io/kube-apiserver-client-kubelet";
    private static readonly TimeSpan PollEvery = TimeSpan.FromMilliseconds(300);

    private readonly ResourceClient<V1CertificateSigningRequest> _requests = api.Resources<V1CertificateSigningRequest>();

    /// <param name="key">What the certificate is for.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">It was refused, or nobody signed it in time.</exception>
    public async Task<KeyPair> RunAsync(AsymmetricAlgorithm key, CancellationToken cancel)
    {
        var name = $"node-csr-{Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()))[..40]}";
        await _requests.CreateAsync(new()
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Request = Encoding.ASCII.GetBytes(CertificateAuthority.Request(HostFiles.NodeUser(node), key).CreateSigningRequestPem()),
                SignerName = Signer,
                Usages = ["digital signature", "client auth"],
            },
        }, cancel);
        return new(await IssuedAsync(name, cancel), key.PrivateKeyPem());
    }

    private async Task<string> IssuedAsync(string name, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < patience)
        {
            var csr = await _requests.GetAsync(null, name, cancel);
            if (csr.Status?.Certificate is { Length: > 0 } certificate)
                return Encoding.ASCII.GetString(certificate);
            if (csr.Status?.Conditions?.FirstOrDefault(c => c.Type is "Denied" or "Failed") is { } refusal)
                throw new ClusterException($"the certificate of {node} was refused: {refusal.Type}, {refusal.Message ?? refusal.Reason}");
            await Task.Delay(PollEvery, time, cancel);
        }
        throw new ClusterException($"nobody signed the certificate of {node} within {patience.TotalSeconds:0} s")
        {
            Hint = $"see whether a controller manager leads, and approve by hand where you must: kubectl certificate approve {name}",
        };
    }
}
