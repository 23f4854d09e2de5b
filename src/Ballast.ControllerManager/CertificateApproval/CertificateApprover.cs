using System.Security.Cryptography;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Certificates;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager.CertificateApproval;

/// <summary>
/// Approves kubelets' requests for client certificates, where whoever asks may create <c>certificatesigningrequests/selfnodeclient</c> (the node that the
/// certificate is for) or <c>/nodeclient</c> (anyone else, like the holder of a bootstrap token). All other requests wait for a person.
/// </summary>
public sealed class CertificateApprover : IController
{
    private const int Workers = 5;

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1CertificateSigningRequest> _client;
    private readonly Informer<V1CertificateSigningRequest> _requests;
    private readonly ControllerLoop<string> _loop;
    private readonly ILogger _logger;

    public CertificateApprover(ControllerContext context)
    {
        _context = context;
        _logger = context.Logs.CreateLogger<CertificateApprover>();
        _client = context.Client.Resources<V1CertificateSigningRequest>();
        _requests = context.Informers.For<V1CertificateSigningRequest>();
        _loop = context.Loop<string>("certificate_approver", SyncAsync);
        _requests.AddHandler(r => _loop.Queue.Add(r.Metadata.Name), (_, r) => _loop.Queue.Add(r.Metadata.Name));
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_requests.Store.Get("", name) is not { } csr || csr.IsIssued || csr.IsApproved || csr.IsDenied)
            return;
        if (!TryRead(csr, out var asked) || !SignerRules.IsKubeletClient(csr, asked))
            return;
        if (csr.Spec.Username == asked.CommonName && await MayAsync(csr, "selfnodeclient", cancel))
            await ApproveAsync(csr, "Auto approving self kubelet client certificate after SubjectAccessReview.", cancel);
        else if (await MayAsync(csr, "nodeclient", cancel))
            await ApproveAsync(csr, "Auto approving kubelet client certificate after SubjectAccessReview.", cancel);
        else
            throw new NotPermittedYetException(name); // the role may be given later: comes again, less and less often
    }

    private bool TryRead(V1CertificateSigningRequest csr, out RequestedCertificate asked)
    {
        try
        {
            asked = RequestedCertificate.Of(csr);
            return true;
        }
        catch (Exception malformed) when (malformed is CryptographicException or ArgumentException or System.Formats.Asn1.AsnContentException)
        {
            _logger.LogInformation("The request in CertificateSigningRequest {Name} cannot be read: {Message}", csr.Metadata.Name, malformed.Message);
            asked = null!;
            return false;
        }
    }

    private async Task<bool> MayAsync(V1CertificateSigningRequest csr, string subresource, CancellationToken cancel)
    {
        var review = await _context.Client.AuthorizationV1.CreateSubjectAccessReviewAsync(new V1SubjectAccessReview
        {
            Spec = new()
            {
                User = csr.Spec.Username,
                Uid = csr.Spec.Uid,
                Groups = csr.Spec.Groups,
                Extra = csr.Spec.Extra,
                ResourceAttributes = new() { Group = "certificates.k8s.io", Resource = "certificatesigningrequests", Verb = "create", Version = "*", Subresource = subresource },
            },
        }, cancellationToken: cancel);
        return review.Status?.Allowed == true;
    }

    private Task ApproveAsync(V1CertificateSigningRequest csr, string message, CancellationToken cancel) =>
        _client.UpdateAsync(csr.WithCondition("Approved", "AutoApproved", message, _context.Now), "approval", cancel);

    private sealed class NotPermittedYetException(string name)
        : HttpRequestException($"recognized csr \"{name}\" as a kubelet's but subject access review was not approved");
}
