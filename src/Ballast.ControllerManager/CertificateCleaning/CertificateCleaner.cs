using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ballast.Client;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Certificates;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Ballast.ControllerManager.CertificateCleaning;

/// <summary>Deletes requests that nobody needs any more: issued, denied or failed an hour ago, undecided for a day, or with a certificate that has expired.</summary>
public sealed class CertificateCleaner : IController
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterDecision = TimeSpan.FromHours(1);
    private static readonly TimeSpan AfterCreation = TimeSpan.FromHours(24);

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1CertificateSigningRequest> _client;
    private readonly Informer<V1CertificateSigningRequest> _requests;
    private readonly ILogger _logger;

    public CertificateCleaner(ControllerContext context)
    {
        _context = context;
        _logger = context.Logs.CreateLogger<CertificateCleaner>();
        _client = context.Client.Resources<V1CertificateSigningRequest>();
        _requests = context.Informers.For<V1CertificateSigningRequest>();
    }

    public async Task RunAsync(CancellationToken cancel)
    {
        try
        {
            using var timer = new PeriodicTimer(Every, _context.Time);
            do
            {
                foreach (var csr in _requests.Store.List().Where(IsDone))
                    await DeleteAsync(csr, cancel);
            }
            while (await timer.WaitForNextTickAsync(cancel));
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The end of the term.
        }
    }

    private async Task DeleteAsync(V1CertificateSigningRequest csr, CancellationToken cancel)
    {
        try
        {
            await _client.TryDeleteAsync(null, csr.Metadata.Name, csr.Metadata.Uid, cancel);
        }
        catch (Exception failed) when (failed is HttpOperationException or HttpRequestException)
        {
            _logger.LogWarning("CertificateSigningRequest {Name} could not be deleted, trying again later: {Message}", csr.Metadata.Name, failed.ApiMessage);
        }
    }

    private bool IsDone(V1CertificateSigningRequest csr) =>
        csr.IsIssued ? IsOlder(csr.ConditionOf("Approved"), AfterDecision) || IsExpired(csr.Status.Certificate)
        : csr.IsDenied ? IsOlder(csr.ConditionOf("Denied"), AfterDecision)
        : csr.IsFailed ? IsOlder(csr.ConditionOf("Failed"), AfterDecision)
        : csr.Metadata.CreationTimestamp < _context.Now - AfterCreation;

    private bool IsOlder(V1CertificateSigningRequestCondition? condition, TimeSpan than) => condition?.LastUpdateTime < _context.Now - than;

    private bool IsExpired(byte[] pem)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(pem));
            return certificate.NotAfter.ToUniversalTime() < _context.Now;
        }
        catch (CryptographicException)
        {
            return false; // another signer's, in a form of its own: it goes by its age
        }
    }
}
