using Ballast.ApiServer.Authentication.Reviews;
using Ballast.ApiServer.Authentication.ServiceAccounts;
using Ballast.ApiServer.Registry;
using Ballast.ComponentBase.Serving;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Authentication;

/// <summary>What the authentication flags say. A way that is null is not offered.</summary>
public sealed record AuthenticationOptions
{
    /// <summary><c>--client-ca-file</c>.</summary>
    public string? ClientCaFile { get; init; }

    /// <summary><c>--requestheader-client-ca-file</c>.</summary>
    public string? RequestHeaderCaFile { get; init; }

    public RequestHeaderOptions RequestHeader { get; init; } = new([], ["X-Remote-User"]);

    public required ServiceAccountOptions ServiceAccounts { get; init; }

    /// <summary><c>--enable-bootstrap-token-auth</c>.</summary>
    public bool BootstrapTokens { get; init; }
}

/// <summary>The authentication of a server: every way it knows a client by, in the order they are asked.</summary>
public sealed class ServerAuthentication
{
    private readonly AuthenticationOptions _options;
    private readonly TokenCache _tokens;
    private readonly IResourceCatalog _catalog;
    private readonly TimeProvider _time;

    /// <param name="options">From the flags.</param>
    /// <param name="catalog">Read when requests come; may still be empty now.</param>
    /// <param name="time">For expiry.</param>
    /// <param name="logs">For certificates that are refused.</param>
    public ServerAuthentication(AuthenticationOptions options, IResourceCatalog catalog, TimeProvider time, ILoggerFactory logs)
    {
        var log = logs.CreateLogger("Authentication");
        (_options, _catalog, _time) = (options, catalog, time);
        List<ITokenAuthenticator> kinds = [new ServiceAccountTokenAuthenticator(options.ServiceAccounts, catalog, time)];
        if (options.BootstrapTokens)
            kinds.Add(new BootstrapTokenAuthenticator(catalog, time));
        _tokens = new TokenCache(new TokenAuthenticatorChain(kinds), time);

        List<IAuthenticator> ways = [];
        if (options.RequestHeaderCaFile is { } proxies)
            ways.Add(new RequestHeaderAuthenticator(options.RequestHeader, new CertificateAuthorities(proxies, time, log)));
        if (options.ClientCaFile is { } clients)
            ways.Add(new ClientCertificateAuthenticator(new CertificateAuthorities(clients, time, log), time, log));
        ways.Add(new BearerTokenAuthenticator(_tokens, options.ServiceAccounts.ApiAudiences));
        Authenticator = new AuthenticatorChain(ways);
    }

    /// <summary>Never returns null: a client nobody knows is anonymous where that is allowed, and refused elsewhere.</summary>
    public IAuthenticator Authenticator { get; }

    /// <summary>What serves the resources of authentication.k8s.io and the tokens of service accounts, by resource.</summary>
    public IReadOnlyDictionary<string, ISubresourceHandler> Handlers => new Dictionary<string, ISubresourceHandler>
    {
        ["tokenreviews.authentication.k8s.io"] = new TokenReview(_tokens, _options.ServiceAccounts.ApiAudiences),
        ["selfsubjectreviews.authentication.k8s.io"] = new SelfSubjectReview(),
        ["serviceaccounts/token"] = new TokenRequestSubresource(_options.ServiceAccounts, new TokenIssuer(_options.ServiceAccounts, _time), _catalog, _time),
    };
}
