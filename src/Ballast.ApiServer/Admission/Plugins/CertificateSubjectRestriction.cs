using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;

namespace Ballast.ApiServer.Admission.Plugins;

/// <summary>No client certificate for <c>system:masters</c> comes out of the API: it could never be taken back.</summary>
internal sealed class CertificateSubjectRestriction : IValidatingAdmission
{
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";

    public string Name => "CertificateSubjectRestriction";

    public bool Handles(AdmissionOperation operation) => operation == AdmissionOperation.Create;

    public ValueTask ValidateAsync(AdmissionAttributes attributes, CancellationToken cancel)
    {
        if (!attributes.Is(SignerPermission.Group, "certificatesigningrequests") || SignerPermission.SignerOf(attributes.Document) != ClientSigner)
            return default;
        if (OrganizationsOf(attributes).Contains("system:masters"))
            throw attributes.Forbid($"use of {ClientSigner} signer with system:masters group is not allowed");
        return default;
    }

    private static IReadOnlyList<string> OrganizationsOf(AdmissionAttributes attributes)
    {
        try
        {
            var pem = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String((attributes.Document!["spec"] as JsonObject)?.StringAt("request") ?? ""));
            var request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation);
            return CertificateIdentity.Of(request.SubjectName).Organizations;
        }
        catch (Exception malformed) when (malformed is FormatException or ArgumentException or CryptographicException)
        {
            throw attributes.Forbid($"unable to parse CSR: {malformed.Message}");
        }
    }
}
