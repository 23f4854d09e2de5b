using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.Client;
using k8s.Models;

namespace Ballast.Kubelet.Certificates;

/// <summary>
/// <c>--rotate-certificates</c>: long before its client certificate ends, at a moment between 70 % and 90 % of its lifetime that is another on every node, the kubelet
/// asks for the next one with a CertificateSigningRequest, which the cluster approves and signs. The key is new and never leaves the node. What fails is tried again,
/// less and less often.
/// </summary>
internal sealed class ClientCertificateRotation(ApiClient api, ClientCertificateStore store, TimeProvider time, Random random, ILogger<ClientCertificateRotation> logger)
{
    private const string Signer = "kubernetes.io/kube-apiserver-client-kubelet";

    /// <summary>The files are looked at as often: somebody else may have renewed the certificate.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(1);

    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(10);

    private readonly ResourceClient<V1CertificateSigningRequest> _requests = api.Resources<V1CertificateSigningRequest>();
    private (string Thumbprint, DateTimeOffset Deadline) _next;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var retry = FirstRetry;
        while (true)
        {
            var wait = LookEvery;
            try
            {
                using var current = store.Current();
                if (current is null)
                    return; // It authenticates by other means.
                var left = Deadline(current) - time.GetUtcNow();
                if (left <= TimeSpan.Zero)
                    await RotateAsync(current, cancellation);
                else if (left < wait)
                    wait = left;
                retry = FirstRetry;
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                logger.LogError("The client certificate cannot be rotated, will retry: {Error}", e.ApiMessage);
                (wait, retry) = (retry, retry * 2 < LastRetry ? retry * 2 : LastRetry);
            }
            await Task.Delay(wait, time, cancellation);
        }
    }

    /// <summary>One for each certificate.</summary>
    private DateTimeOffset Deadline(X509Certificate2 certificate)
    {
        if (_next.Thumbprint != certificate.Thumbprint)
        {
            DateTimeOffset from = certificate.NotBefore, until = certificate.NotAfter;
            _next = (certificate.Thumbprint, from + (until - from) * (0.7 + 0.2 * random.NextDouble()));
            logger.LogInformation("Rotation deadline is {Deadline:u} for the client certificate that ends {NotAfter:u}", _next.Deadline, until);
        }
        return _next.Deadline;
    }

    private async Task RotateAsync(X509Certificate2 current, CancellationToken cancellation)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = await _requests.CreateAsync(new V1CertificateSigningRequest
        {
            Metadata = new V1ObjectMeta { GenerateName = "csr-" },
            Spec = new V1CertificateSigningRequestSpec
            {
                Request = Encoding.ASCII.GetBytes(new CertificateRequest(current.SubjectName, key, HashAlgorithmName.SHA256).CreateSigningRequestPem()),
                SignerName = Signer,
                Usages = ["digital signature", "client auth"],
            },
        }, cancellation);
        var issued = await IssuedAsync(csr.Metadata.Name, cancellation);
        store.Save(issued, key.ExportECPrivateKeyPem() + "\n");
        logger.LogInformation("The client certificate has been rotated {CertificateSigningRequest}", csr.Metadata.Name);
    }

    private async Task<string> IssuedAsync(string name, CancellationToken cancellation)
    {
        var start = time.GetTimestamp();
        while (time.GetElapsedTime(start) < Patience)
        {
            var csr = await _requests.GetAsync(null, name, cancellation);
            if (csr.Status?.Certificate is { Length: > 0 } certificate)
                return Encoding.ASCII.GetString(certificate);
            if (csr.Status?.Conditions?.FirstOrDefault(c => c.Type is "Denied" or "Failed") is { } refusal)
                throw new InvalidOperationException($"the request {name} was refused: {refusal.Type}, {refusal.Message ?? refusal.Reason}");
            await Task.Delay(PollEvery, time, cancellation);
        }
        throw new TimeoutException($"nobody signed the request {name} within {Patience.TotalMinutes:0} min");
    }
}
