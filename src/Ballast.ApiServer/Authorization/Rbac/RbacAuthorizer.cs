namespace Ballast.ApiServer.Authorization.Rbac;

/// <summary>Allows what the roles bound to a user allow; never denies, so that another authorizer may still allow.</summary>
internal sealed class RbacAuthorizer(RbacObjects objects) : IAuthorizer
{
    public async ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel) =>
        (await objects.CurrentAsync(cancel)).Decide(attributes);
}
