using k8s.Models;

namespace Ballast.ControllerManager.Certificates;

/// <summary>What each of Kubernetes' signers accepts. Each rule gives null where the request is acceptable, else the reason why not.</summary>
internal static class SignerRules
{
    private const string NodesGroup = "system:nodes";
    private const string NodeUserPrefix = "system:node:";

    public static string? KubeletClient(V1CertificateSigningRequest csr, RequestedCertificate asked) =>
        Node(asked)
        ?? (asked.DnsNames + asked.Addresses + asked.OtherNames > 0 ? "subject alternative names are not allowed" : null)
        ?? (Usages(csr).SetEquals(["digital signature", "client auth"]) || Usages(csr).SetEquals(["key encipherment", "digital signature", "client auth"])
            ? null : "usages did not match [client auth, digital signature] or [client auth, digital signature, key encipherment]");

    public static string? KubeletServing(V1CertificateSigningRequest csr, RequestedCertificate asked) =>
        Node(asked)
        ?? (asked.DnsNames + asked.Addresses == 0 ? "at least one DNS or IP subjectAltName is required" : null)
        ?? (asked.OtherNames > 0 ? "email and URI subjectAltNames are not allowed" : null)
        ?? (Usages(csr).SetEquals(["digital signature", "server auth"]) || Usages(csr).SetEquals(["key encipherment", "digital signature", "server auth"])
            ? null : "usages did not match [digital signature, server auth] or [digital signature, key encipherment, server auth]");

    public static string? KubeApiServerClient(V1CertificateSigningRequest csr, RequestedCertificate asked) =>
        !Usages(csr).Contains("client auth") || !Usages(csr).IsSubsetOf(["digital signature", "key encipherment", "client auth"])
            ? "usages did not match: client auth is required, and besides it only digital signature and key encipherment are allowed" : null;

    public static string? LegacyUnknown(V1CertificateSigningRequest csr, RequestedCertificate asked) => null;

    /// <summary>A kubelet's own request for the certificate it is a client with, whoever makes it.</summary>
    public static bool IsKubeletClient(V1CertificateSigningRequest csr, RequestedCertificate asked) =>
        csr.Spec.SignerName == SignerNames.KubeApiServerClientKubelet && KubeletClient(csr, asked) is null;

    private static string? Node(RequestedCertificate asked) =>
        asked.Organizations is not [NodesGroup] ? $"subject organization is not {NodesGroup}"
        : !asked.CommonName.StartsWith(NodeUserPrefix, StringComparison.Ordinal) || asked.CommonName.Length == NodeUserPrefix.Length ? $"subject common name does not begin with {NodeUserPrefix}"
        : null;

    private static HashSet<string> Usages(V1CertificateSigningRequest csr) => [.. csr.Spec.Usages ?? []];
}
