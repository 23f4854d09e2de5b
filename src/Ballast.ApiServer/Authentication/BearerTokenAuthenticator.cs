using Ballast.ApiMachinery.Objects;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Authentication;

/// <summary>Someone known by a token.</summary>
/// <param name="User">Who.</param>
/// <param name="Audiences">Those asked for that the token is meant for.</param>
public sealed record TokenIdentity(UserInfo User, IReadOnlyList<string> Audiences);

/// <summary>One kind of token.</summary>
public interface ITokenAuthenticator
{
    /// <summary>Null where the token is not of this kind.</summary>
    /// <param name="token">As it came.</param>
    /// <param name="audiences">The token must be meant for one of these; kinds without audiences ignore it.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="StatusException">Unauthorized: it is of this kind, and not valid. The message says why; clients only see it in a TokenReview.</exception>
    ValueTask<TokenIdentity?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel);
}

/// <summary><c>Authorization: Bearer TOKEN</c>: each kind of token is asked in turn.</summary>
public sealed class BearerTokenAuthenticator(ITokenAuthenticator tokens, IReadOnlyList<string> apiAudiences) : IAuthenticator
{
    private const string Scheme = "Bearer ";

    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancel)
    {
        var header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) || header.AsSpan(Scheme.Length).Trim().Length == 0)
            return null;
        try
        {
            var identity = await tokens.AuthenticateAsync(header[Scheme.Length..].Trim(), apiAudiences, cancel);
            return identity?.User ?? throw StatusException.Unauthorized();
        }
        catch (StatusException refused) when (refused.Code == StatusCodes.Status401Unauthorized && refused.Message != "Unauthorized")
        {
            // Why a token is not valid is nobody's business but its owner's.
            throw StatusException.Unauthorized();
        }
    }
}

/// <summary>Several kinds of token; the first that knows it decides.</summary>
public sealed class TokenAuthenticatorChain(IReadOnlyList<ITokenAuthenticator> kinds) : ITokenAuthenticator
{
    public async ValueTask<TokenIdentity?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancel)
    {
        foreach (var kind in kinds)
        {
            if (await kind.AuthenticateAsync(token, audiences, cancel) is { } identity)
                return identity;
        }
        return null;
    }
}
