using System.Security.Cryptography.X509Certificates;
using Ballast.ApiMachinery.Objects;
using Ballast.ComponentBase.Serving;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authentication;

/// <summary>
/// Client certificates signed by <c>--client-ca-file</c>. The TLS layer lets any certificate in; here it is verified, once a connection and CA
/// file, so that all requests of a connection share one <see cref="UserInfo"/>.
/// </summary>
public sealed class ClientCertificateAuthenticator(CertificateAuthorities authorities, TimeProvider time, ILogger log) : IAuthenticator
{
    public ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancel)
    {
        if (context.Connection.ClientCertificate is not { } certificate)
            return new((UserInfo?)null);
        var verdict = VerdictOf(context, certificate);
        if (verdict.Refusal is not null || verdict.NotAfter < time.GetUtcNow())
            throw StatusException.Unauthorized();
        return new(verdict.User);
    }

    private Verdict VerdictOf(HttpContext context, X509Certificate2 certificate)
    {
        var items = context.Features.Get<IConnectionItemsFeature>()?.Items;
        var generation = authorities.Generation;
        if (items is not null && items.TryGetValue(this, out var found) && found is Verdict known && ReferenceEquals(known.Generation, generation))
            return known;
        var verdict = Verify(certificate, generation);
        if (verdict.Refusal is { } refusal)
            log.LogInformation("Unable to authenticate the client certificate {Subject}: {Reason}", certificate.Subject, refusal);
        if (items is not null)
            items[this] = verdict;
        return verdict;
    }

    private Verdict Verify(X509Certificate2 certificate, object generation)
    {
        var notAfter = new DateTimeOffset(certificate.NotAfter);
        if (authorities.Verify(certificate) is { } refusal)
            return new(generation, null, refusal, notAfter);
        var identity = CertificateIdentity.Of(certificate);
        if (identity.CommonName.Length == 0)
            return new(generation, null, null, notAfter);
        var user = UserInfo.Authenticated(identity.CommonName, identity.Organizations) with
        {
            Uid = identity.Uid,
            Extra = new Dictionary<string, IReadOnlyList<string>>
            {
                ["authentication.kubernetes.io/credential-id"] = ["X509SHA256=" + certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256).ToLowerInvariant()],
            },
        };
        return new(generation, user, null, notAfter);
    }

    private sealed record Verdict(object Generation, UserInfo? User, string? Refusal, DateTimeOffset NotAfter);
}
