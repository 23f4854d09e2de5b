using Ballast.ApiMachinery.Objects;
using Ballast.ComponentBase.Serving;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Authentication;

/// <summary>What the <c>--requestheader-*</c> flags say.</summary>
/// <param name="AllowedNames">Common names of the proxies; empty for any that the CA vouches for.</param>
/// <param name="UsernameHeaders">The first that is there counts.</param>
public sealed record RequestHeaderOptions(IReadOnlyList<string> AllowedNames, IReadOnlyList<string> UsernameHeaders)
{
    public IReadOnlyList<string> UidHeaders { get; init; } = [];

    public IReadOnlyList<string> GroupHeaders { get; init; } = [];

    public IReadOnlyList<string> ExtraHeaderPrefixes { get; init; } = [];
}

/// <summary>A proxy in front of this server that has authenticated the user itself, and proves who it is by a certificate of its own CA.</summary>
public sealed class RequestHeaderAuthenticator(RequestHeaderOptions options, CertificateAuthorities authorities) : IAuthenticator
{
    public ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancel)
    {
        var headers = context.Request.Headers;
        var name = options.UsernameHeaders.Select(h => headers[h].ToString()).FirstOrDefault(v => v.Length > 0);
        if (name is null || context.Connection.ClientCertificate is not { } certificate)
            return new((UserInfo?)null);
        if (authorities.Verify(certificate) is not null)
            throw StatusException.Unauthorized();
        if (options.AllowedNames.Count > 0 && !options.AllowedNames.Contains(CertificateIdentity.Of(certificate).CommonName))
            throw StatusException.Unauthorized();
        return new(UserInfo.Authenticated(name, options.GroupHeaders.SelectMany(h => headers[h]).OfType<string>()) with
        {
            Uid = options.UidHeaders.Select(h => headers[h].ToString()).FirstOrDefault(v => v.Length > 0) ?? "",
            Extra = HeaderExtra.Read(headers, options.ExtraHeaderPrefixes),
        });
    }
}

/// <summary>Extra user data in headers: the key stands in the header's name, percent-encoded where it has to be.</summary>
internal static class HeaderExtra
{
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Read(IHeaderDictionary headers, IReadOnlyList<string> prefixes)
    {
        var extra = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var (header, values) in headers)
        {
            foreach (var prefix in prefixes)
            {
                if (header.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                    extra[Uri.UnescapeDataString(header[prefix.Length..].ToLowerInvariant())] = [.. values.OfType<string>()];
            }
        }
        return extra;
    }
}
