namespace Ballast.ApiServer.Registry.Authorization;

/// <summary>Questions about who may do what; answered, not stored.</summary>
internal static class AccessReviews
{
    public static ResourceDefinition LocalSubject(ISubresourceHandler handler) =>
        BuiltIn.Posted("authorization.k8s.io/v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", true, handler);

    public static ResourceDefinition SelfSubject(ISubresourceHandler handler) =>
        BuiltIn.Posted("authorization.k8s.io/v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", false, handler);

    public static ResourceDefinition SelfSubjectRules(ISubresourceHandler handler) =>
        BuiltIn.Posted("authorization.k8s.io/v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", false, handler);

    public static ResourceDefinition Subject(ISubresourceHandler handler) =>
        BuiltIn.Posted("authorization.k8s.io/v1", "subjectaccessreviews", "SubjectAccessReview", false, handler);
}
