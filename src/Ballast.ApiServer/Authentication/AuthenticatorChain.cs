using Ballast.ApiMachinery.Objects;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Authentication;

/// <summary>
/// Asks each authenticator in turn; the first that knows the client decides. A bad credential does not stop the others from being asked, but where
/// none of them knows the client it is a refusal: it never turns into an anonymous request.
/// </summary>
public sealed class AuthenticatorChain(IReadOnlyList<IAuthenticator> authenticators) : IAuthenticator
{
    // Probes and load balancers have no credentials; everything else needs some.
    private static readonly HashSet<string> AnonymousPaths = ["/healthz", "/livez", "/readyz", "/version", "/version/"];

    // A host that is to join has no credentials yet and trusts nobody: it may read how the cluster is found, where a role for system:anonymous allows it.
    private const string Discovery = "/api/v1/namespaces/kube-public/configmaps/cluster-info";

    /// <exception cref="StatusException">Unauthorized: no valid credential, and the path is not open to all.</exception>
    public async ValueTask<UserInfo?> AuthenticateAsync(HttpContext context, CancellationToken cancel)
    {
        StatusException? refusal = null;
        foreach (var authenticator in authenticators)
        {
            try
            {
                if (await authenticator.AuthenticateAsync(context, cancel) is { } user)
                    return user;
            }
            catch (StatusException refused) when (refused.Code == StatusCodes.Status401Unauthorized)
            {
                refusal = refused;
            }
        }
        if (refusal is null && !context.Request.Headers.ContainsKey("Authorization") && IsOpen(context.Request))
            return UserInfo.Anonymous;
        throw refusal ?? StatusException.Unauthorized();
    }

    private static bool IsOpen(HttpRequest request) =>
        AnonymousPaths.Contains(request.Path.Value ?? "") || (HttpMethods.IsGet(request.Method) && request.Path.Value == Discovery);
}
