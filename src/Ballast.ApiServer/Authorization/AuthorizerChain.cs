using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Authorization;

/// <summary>Asks several authorizers in order; the first Allow or Deny decides.</summary>
public sealed class AuthorizerChain(IReadOnlyList<IAuthorizer> authorizers) : IAuthorizer
{
    public async ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel)
    {
        var reasons = "";
        foreach (var authorizer in authorizers)
        {
            var (decision, reason) = await authorizer.AuthorizeAsync(attributes, cancel);
            if (decision != AuthorizationDecision.NoOpinion)
                return (decision, reason);
            if (reason.Length > 0)
                reasons = reasons.Length == 0 ? reason : reasons + "\n" + reason;
        }
        return (AuthorizationDecision.NoOpinion, reasons);
    }
}

/// <summary>Allows everything to members of a group, before any rule is looked at: <c>system:masters</c> can repair a broken RBAC.</summary>
internal sealed class PrivilegedGroupAuthorizer(string group) : IAuthorizer
{
    public ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel) =>
        new((attributes.User.Groups.Contains(group) ? AuthorizationDecision.Allow : AuthorizationDecision.NoOpinion, ""));
}

/// <summary><c>AlwaysAllow</c> and <c>AlwaysDeny</c>.</summary>
internal sealed class FixedAuthorizer(AuthorizationDecision decision, string reason) : IAuthorizer
{
    public static FixedAuthorizer AlwaysAllow { get; } = new(AuthorizationDecision.Allow, "");

    public static FixedAuthorizer AlwaysDeny { get; } = new(AuthorizationDecision.NoOpinion, "Everything is forbidden.");

    public ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel) => new((decision, reason));
}

public static class AuthorizationRefusal
{
    extension(AuthorizationAttributes attributes)
    {
        /// <summary>The 403 for a request nobody allowed, in upstream's words.</summary>
        /// <param name="reason">What the authorizers said; may be empty.</param>
        public StatusException ToForbidden(string reason)
        {
            var message = attributes.IsResourceRequest ? attributes.DescribeResource() : $"User \"{attributes.User.Name}\" cannot {attributes.Verb} path \"{attributes.Path}\"";
            return StatusException.Forbidden(new GroupResource(attributes.Group, attributes.Resource), attributes.Name,
                reason.Length == 0 ? message : $"{message}: {reason}");
        }

        private string DescribeResource()
        {
            var resource = attributes.Subresource.Length == 0 ? attributes.Resource : $"{attributes.Resource}/{attributes.Subresource}";
            var where = attributes.Namespace.Length == 0 ? "at the cluster scope" : $"in the namespace \"{attributes.Namespace}\"";
            return $"User \"{attributes.User.Name}\" cannot {attributes.Verb} resource \"{resource}\" in API group \"{attributes.Group}\" {where}";
        }
    }
}
