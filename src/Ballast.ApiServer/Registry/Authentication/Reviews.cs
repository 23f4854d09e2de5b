namespace Ballast.ApiServer.Registry.Authentication;

/// <summary>Questions about who asks; answered, not stored.</summary>
internal static class Reviews
{
    public static ResourceDefinition SelfSubject(ISubresourceHandler handler) =>
        BuiltIn.Posted("authentication.k8s.io/v1", "selfsubjectreviews", "SelfSubjectReview", false, handler);

    public static ResourceDefinition Token(ISubresourceHandler handler) =>
        BuiltIn.Posted("authentication.k8s.io/v1", "tokenreviews", "TokenReview", false, handler);
}
