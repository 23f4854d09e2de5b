using Microsoft.IdentityModel.Tokens;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>What the <c>--service-account-*</c> flags say.</summary>
/// <param name="Issuers"><c>--service-account-issuer</c>: the first is put into new tokens, all are accepted.</param>
/// <param name="ApiAudiences"><c>--api-audiences</c>; the issuers where it is not given.</param>
/// <param name="Keys"><c>--service-account-key-file</c>: all are accepted.</param>
/// <param name="Signing"><c>--service-account-signing-key-file</c>.</param>
public sealed record ServiceAccountOptions(
    IReadOnlyList<string> Issuers, IReadOnlyList<string> ApiAudiences, IReadOnlyList<SecurityKey> Keys, SigningCredentials Signing)
{
    /// <summary><c>--service-account-max-token-expiration</c>; null for no limit.</summary>
    public TimeSpan? MaxExpiration { get; init; }

    /// <summary><c>--service-account-extend-token-expiration</c>: tokens of pods outlive their stated expiration, for clients that never read them again.</summary>
    public bool ExtendExpiration { get; init; } = true;

    /// <summary><c>--service-account-jwks-uri</c>; empty for this server's own.</summary>
    public string JwksUri { get; init; } = "";
}
