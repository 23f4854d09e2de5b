using Ballast.ApiServer.Authentication;

namespace Ballast.ApiServer.Authorization;

/// <summary>What is to be allowed: upstream's <c>authorizer.Attributes</c>.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Verb">API verb for resources (<c>get</c>, <c>list</c> …), lower-case HTTP method for other paths.</param>
public sealed record AuthorizationAttributes(UserInfo User, string Verb)
{
    public bool IsResourceRequest { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    public string Resource { get; init; } = "";

    public string Subresource { get; init; } = "";

    public string Namespace { get; init; } = "";

    public string Name { get; init; } = "";

    /// <summary>Of non-resource requests: <c>/healthz</c>.</summary>
    public string Path { get; init; } = "";

    /// <summary>As it came, for the Node authorizer's rules on lists and watches; empty where there is none.</summary>
    public string FieldSelector { get; init; } = "";
}

public enum AuthorizationDecision
{
    NoOpinion,
    Allow,
    Deny,
}

/// <summary>Authorizers are asked in order; the first Allow or Deny decides, and no opinion from all is a refusal.</summary>
public interface IAuthorizer
{
    ValueTask<(AuthorizationDecision Decision, string Reason)> AuthorizeAsync(AuthorizationAttributes attributes, CancellationToken cancel);
}
