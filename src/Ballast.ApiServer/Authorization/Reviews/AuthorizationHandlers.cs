using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Authorization.Reviews;

/// <summary>What serves the resources of authorization.k8s.io, by resource.</summary>
public static class AuthorizationHandlers
{
    public static IReadOnlyDictionary<string, ISubresourceHandler> Create(ServerAuthorization authorization) => new Dictionary<string, ISubresourceHandler>
    {
        ["subjectaccessreviews.authorization.k8s.io"] = new SubjectAccessReview(authorization.Authorizer),
        ["localsubjectaccessreviews.authorization.k8s.io"] = new LocalSubjectAccessReview(authorization.Authorizer),
        ["selfsubjectaccessreviews.authorization.k8s.io"] = new SelfSubjectAccessReview(authorization.Authorizer),
        ["selfsubjectrulesreviews.authorization.k8s.io"] = new SelfSubjectRulesReview(authorization.Rules),
    };
}
