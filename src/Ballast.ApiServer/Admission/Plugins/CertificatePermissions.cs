using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authorization;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>Who approves a certificate request needs the verb <c>approve</c> on its signer.</summary>
internal sealed class CertificateApproval(IAuthorizer authorizer) : IValidatingAdmission
{
    public string Name => "CertificateApproval";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Update;

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is(SignerPermission.Group, "certificatesigningrequests", "approval"))
            return;
        var signer = SignerPermission.SignerOf(attributes.Old);
        if (!await SignerPermission.HasAsync(authorizer, attributes, "approve", signer, cancel))
            throw attributes.Forbid($"user not permitted to approve requests with signerName \"{signer}\"");
    }
}

/// <summary>Who issues a certificate, or refuses to, needs the verb <c>sign</c> on the request's signer.</summary>
internal sealed class CertificateSigning(IAuthorizer authorizer) : IValidatingAdmission
{
    public string Name => "CertificateSigning";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Update;

    public async ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is(SignerPermission.Group, "certificatesigningrequests", "status")
            || (JsonNode.DeepEquals(attributes.Document?["status"]?["certificate"], attributes.Old?["status"]?["certificate"])
                && JsonNode.DeepEquals(FailureOf(attributes.Document), FailureOf(attributes.Old))))
            return;
        var signer = SignerPermission.SignerOf(attributes.Old);
        if (!await SignerPermission.HasAsync(authorizer, attributes, "sign", signer, cancel))
            throw attributes.Forbid($"user not permitted to sign requests with signerName \"{signer}\"");
    }

    private static JsonNode? FailureOf(JsonObject? request) =>
        (request?["status"]?["conditions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(c => c.StringAt("type") == "Failed");
}

/// <summary>The resource <c>signers</c> of certificates.k8s.io exists only to be named in rules.</summary>
internal static class SignerPermission
{
    public const string Group = "certificates.k8s.io";

    public static string SignerOf(JsonObject? request) => (request?["spec"] as JsonObject)?.StringAt("signerName") ?? "";

    /// <summary>By the signer's name, or by <c>DOMAIN/*</c>.</summary>
    public static async Task<bool> HasAsync(IAuthorizer authorizer, AdmissionAttributes attributes, string verb, string signer, CancellationToken cancel)
    {
        var slash = signer.IndexOf('/', StringComparison.Ordinal);
        foreach (var name in (string[])[signer, slash < 0 ? signer : signer[..slash] + "/*"])
        {
            var (decision, _) = await authorizer.AuthorizeAsync(new AuthorizationAttributes(attributes.Request.User, verb)
            {
                IsResourceRequest = true,
                Group = Group,
                Version = "*",
                Resource = "signers",
                Name = name,
            }, cancel);
            if (decision == AuthorizationDecision.Allow)
                return true;
        }
        return false;
    }
}
