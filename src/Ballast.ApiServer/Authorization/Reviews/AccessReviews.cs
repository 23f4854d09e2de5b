using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;

namespace Ballast.ApiServer.Authorization.Reviews;

/// <summary>Asks the authorizer what it would decide; what the three access reviews share.</summary>
internal abstract class AccessReview(IAuthorizer authorizer, string kind) : ICreateSubresource
{
    public async Task<JsonObject> CreateAsync(ResourceRequest request, JsonObject body, CancellationToken cancel)
    {
        var spec = body["spec"] as JsonObject ?? [];
        var errors = Validate(spec).ToArray();
        if (errors.Length > 0)
            throw StatusException.Invalid(new GroupKind("authorization.k8s.io", kind), "", errors);
        CheckNamespace(request, spec);
        var (decision, reason) = await authorizer.AuthorizeAsync(Attributes(UserOf(request, spec), spec), cancel);
        var status = new JsonObject { ["allowed"] = decision == AuthorizationDecision.Allow };
        if (decision == AuthorizationDecision.Deny)
            status["denied"] = true;
        if (reason.Length > 0)
            status["reason"] = reason;
        body["status"] = status;
        return body;
    }

    protected abstract UserInfo UserOf(ResourceRequest request, JsonObject spec);

    protected virtual void CheckNamespace(ResourceRequest request, JsonObject spec) { }

    protected virtual IEnumerable<FieldError> Validate(JsonObject spec)
    {
        var path = FieldPath.Of("spec");
        if (spec["resourceAttributes"] is not null && spec["nonResourceAttributes"] is { } both)
            yield return FieldError.Invalid(path.Child("nonResourceAttributes"), both, "cannot be specified in combination with resourceAttributes");
        if (spec["resourceAttributes"] is null && spec["nonResourceAttributes"] is null)
            yield return FieldError.Invalid(path.Child("resourceAttributes"), null, "exactly one of nonResourceAttributes or resourceAttributes must be specified");
    }

    private static AuthorizationAttributes Attributes(UserInfo user, JsonObject spec) => spec["resourceAttributes"] is JsonObject resource
        ? new AuthorizationAttributes(user, resource.StringAt("verb") ?? "")
        {
            IsResourceRequest = true,
            Group = resource.StringAt("group") ?? "",
            Version = resource.StringAt("version") ?? "",
            Resource = resource.StringAt("resource") ?? "",
            Subresource = resource.StringAt("subresource") ?? "",
            Namespace = resource.StringAt("namespace") ?? "",
            Name = resource.StringAt("name") ?? "",
            FieldSelector = FieldSelector(resource["fieldSelector"] as JsonObject),
        }
        : new AuthorizationAttributes(user, (spec["nonResourceAttributes"] as JsonObject)?.StringAt("verb") ?? "")
        {
            Path = (spec["nonResourceAttributes"] as JsonObject)?.StringAt("path") ?? "",
        };

    // Of the requirements only "field in (one value)" says something an authorizer asks for.
    private static string FieldSelector(JsonObject? selector) =>
        selector?.StringAt("rawSelector") ?? string.Join(',', (selector?["requirements"] as JsonArray ?? []).OfType<JsonObject>()
            .Where(r => r.StringAt("operator") == "In" && r.StringsAt("values").Count() == 1)
            .Select(r => $"{r.StringAt("key")}={r.StringsAt("values").Single()}"));
}

/// <summary>May someone do something?</summary>
internal class SubjectAccessReview(IAuthorizer authorizer, string kind = "SubjectAccessReview") : AccessReview(authorizer, kind)
{
    protected override UserInfo UserOf(ResourceRequest request, JsonObject spec) =>
        new(spec.StringAt("user") ?? "", [.. spec.StringsAt("groups")]) { Uid = spec.StringAt("uid") ?? "", Extra = UserDocument.ReadExtra(spec["extra"] as JsonObject) };

    protected override IEnumerable<FieldError> Validate(JsonObject spec)
    {
        foreach (var error in base.Validate(spec))
            yield return error;
        if (string.IsNullOrEmpty(spec.StringAt("user")) && !spec.StringsAt("groups").Any())
            yield return FieldError.Invalid(FieldPath.Of("spec").Child("user"), "", "at least one of user or group must be specified");
    }
}

/// <summary>May someone do something in this namespace? Can be granted without granting questions about all others.</summary>
internal sealed class LocalSubjectAccessReview(IAuthorizer authorizer) : SubjectAccessReview(authorizer, "LocalSubjectAccessReview")
{
    protected override IEnumerable<FieldError> Validate(JsonObject spec)
    {
        foreach (var error in base.Validate(spec))
            yield return error;
        if (spec["nonResourceAttributes"] is { } path)
            yield return FieldError.Invalid(FieldPath.Of("spec").Child("nonResourceAttributes"), path, "disallowed on this kind of request");
    }

    protected override void CheckNamespace(ResourceRequest request, JsonObject spec)
    {
        var asked = (spec["resourceAttributes"] as JsonObject)?.StringAt("namespace") ?? "";
        if (asked != request.Namespace)
            throw StatusException.BadRequest($"spec.resourceAttributes.namespace must match namespace: {request.Namespace}");
    }
}

/// <summary>May I do something? (<c>kubectl auth can-i</c>)</summary>
internal sealed class SelfSubjectAccessReview(IAuthorizer authorizer) : AccessReview(authorizer, "SelfSubjectAccessReview")
{
    protected override UserInfo UserOf(ResourceRequest request, JsonObject spec) => request.User;
}
