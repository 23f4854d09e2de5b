using System.Security.Cryptography;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Certificates;
using k8s.Models;

namespace Ballast.ControllerManager.CertificateSigning;

/// <summary>
/// Issues the certificates of approved requests for Kubernetes' own signers. A request that its signer does not accept gets the condition Failed, and stays so.
/// The CA is read again for each certificate: a rotated one is used at once.
/// </summary>
public sealed class CertificateSigner : IController
{
    private const int Workers = 5;

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1CertificateSigningRequest> _client;
    private readonly Informer<V1CertificateSigningRequest> _requests;
    private readonly ControllerLoop<string> _loop;
    private readonly IReadOnlyDictionary<string, Signer> _signers;

    /// <param name="context">What it works with.</param>
    public CertificateSigner(ControllerContext context)
    {
        _context = context;
        _signers = Signers(context.Options.Signing);
        _client = context.Client.Resources<V1CertificateSigningRequest>();
        _requests = context.Informers.For<V1CertificateSigningRequest>();
        _loop = context.Loop<string>("certificate_signer", SyncAsync);
        _requests.AddHandler(r => _loop.Queue.Add(r.Metadata.Name), (_, r) => _loop.Queue.Add(r.Metadata.Name));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_requests.Store.Get("", name) is not { } csr || !csr.IsApproved || csr.IsDenied || csr.IsFailed || csr.IsIssued)
            return;
        if (!_signers.TryGetValue(csr.Spec.SignerName, out var signer))
            return;
        if (Refusal(csr, signer) is { } refusal)
        {
            await _client.UpdateStatusAsync(csr.WithCondition("Failed", "SignerValidationFailure", refusal, _context.Now), cancel);
            return;
        }
        var certificate = new SigningAuthority(signer.Ca.CertificateFile, signer.Ca.KeyFile)
            .Sign(RequestedCertificate.Of(csr), csr.Spec.Usages, Lifetime(csr), _context.Now);
        await _client.UpdateStatusAsync(csr with { Status = csr.Status with { Certificate = System.Text.Encoding.ASCII.GetBytes(certificate) } }, cancel);
    }

    private static string? Refusal(V1CertificateSigningRequest csr, Signer signer)
    {
        try
        {
            return signer.Rule(csr, RequestedCertificate.Of(csr));
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException or System.Formats.Asn1.AsnContentException)
        {
            return $"unable to parse csr: {malformed.Message}";
        }
    }

    /// <summary>What was asked for, ten minutes at least and <c>--cluster-signing-duration</c> at most.</summary>
    private TimeSpan Lifetime(V1CertificateSigningRequest csr)
    {
        var most = _context.Options.Signing.Duration;
        if (csr.Spec.ExpirationSeconds is not { } seconds)
            return most;
        return TimeSpan.FromSeconds(Math.Min(Math.Max(seconds, 600), most.TotalSeconds));
    }

    private static Dictionary<string, Signer> Signers(SigningOptions options)
    {
        var signers = new Dictionary<string, Signer>();
        Add(SignerNames.KubeApiServerClient, options.KubeApiServerClient, SignerRules.KubeApiServerClient);
        Add(SignerNames.KubeApiServerClientKubelet, options.KubeletClient, SignerRules.KubeletClient);
        Add(SignerNames.KubeletServing, options.KubeletServing, SignerRules.KubeletServing);
        Add(SignerNames.LegacyUnknown, options.LegacyUnknown, SignerRules.LegacyUnknown);
        return signers;

        void Add(string name, SigningFiles? ca, Func<V1CertificateSigningRequest, RequestedCertificate, string?> rule)
        {
            if (ca is not null)
                signers[name] = new(ca, rule);
        }
    }

    private sealed record Signer(SigningFiles Ca, Func<V1CertificateSigningRequest, RequestedCertificate, string?> Rule);
}
