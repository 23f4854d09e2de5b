using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Ballast.ApiServer.Authentication.ServiceAccounts;

/// <summary>Signs tokens for service accounts.</summary>
public sealed class TokenIssuer(ServiceAccountOptions options, TimeProvider time)
{
    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <param name="identity">Whose token, and what it is bound to.</param>
    /// <param name="audiences">Who may accept it.</param>
    /// <param name="lifetime">From now until it expires.</param>
    /// <param name="warnAfter">Where the lifetime was extended: the one that was asked for.</param>
    public string Issue(ServiceAccountIdentity identity, IReadOnlyList<string> audiences, TimeSpan lifetime, TimeSpan? warnAfter)
    {
        var now = time.GetUtcNow();
        var claim = new Dictionary<string, object> { ["namespace"] = identity.Namespace, ["serviceaccount"] = Reference(identity.Account) };
        if (identity.Pod is not null)
            claim["pod"] = Reference(identity.Pod);
        if (identity.Secret is not null)
            claim["secret"] = Reference(identity.Secret);
        if (identity.Node is not null)
            claim["node"] = Reference(identity.Node);
        if (warnAfter is { } warn)
            claim["warnafter"] = (now + warn).ToUnixTimeSeconds();
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            SigningCredentials = options.Signing,
            Claims = new Dictionary<string, object>
            {
                ["iss"] = options.Issuers[0],
                ["sub"] = identity.Subject,
                ["aud"] = audiences,
                ["iat"] = now.ToUnixTimeSeconds(),
                ["nbf"] = now.ToUnixTimeSeconds(),
                ["exp"] = (now + lifetime).ToUnixTimeSeconds(),
                ["jti"] = Guid.NewGuid().ToString(),
                ["kubernetes.io"] = claim,
            },
        });
    }

    private static Dictionary<string, object> Reference(BoundObject bound)
    {
        var reference = new Dictionary<string, object> { ["name"] = bound.Name };
        if (bound.Uid.Length > 0)
            reference["uid"] = bound.Uid;
        return reference;
    }
}
