using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Ballast.ControllerManager.Tests;

/// <summary>Certificate requests as kubelets and others make them.</summary>
internal static class Requests
{
    public static V1CertificateSigningRequest KubeletClient(string node, string requester) =>
        Of($"{node}-client", "kubernetes.io/kube-apiserver-client-kubelet", $"system:node:{node}", "system:nodes", requester, ["digital signature", "client auth"]);

    public static V1CertificateSigningRequest Of(
        string name, string signer, string commonName, string organization, string requester, string[] usages, string[]? dnsNames = null, int? expirationSeconds = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"O={organization}, CN={commonName}", key, HashAlgorithmName.SHA256);
        if (dnsNames is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var dns in dnsNames)
                names.AddDnsName(dns);
            names.AddIpAddress(IPAddress.Parse("10.0.0.7"));
            request.CertificateExtensions.Add(names.Build());
        }
        return new()
        {
            Metadata = new() { Name = name },
            Spec = new()
            {
                Request = Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()),
                SignerName = signer,
                Usages = [.. usages],
                Username = requester,
                Groups = ["system:bootstrappers"],
                ExpirationSeconds = expirationSeconds,
            },
        };
    }

    public static V1CertificateSigningRequest Approved(this V1CertificateSigningRequest csr, DateTime at) => csr.With("Approved", at);

    public static V1CertificateSigningRequest With(this V1CertificateSigningRequest csr, string condition, DateTime at) => csr with
    {
        Status = new() { Conditions = [new() { Type = condition, Status = "True", LastUpdateTime = at }] },
    };

    public static V1Secret Token(string id, string secret, DateTime? expiration, bool signs = true)
    {
        var data = new Dictionary<string, byte[]>
        {
            ["token-id"] = Encoding.UTF8.GetBytes(id),
            ["token-secret"] = Encoding.UTF8.GetBytes(secret),
            ["usage-bootstrap-authentication"] = "true"u8.ToArray(),
            ["usage-bootstrap-signing"] = Encoding.UTF8.GetBytes(signs ? "true" : "false"),
        };
        if (expiration is { } at)
            data["expiration"] = Encoding.UTF8.GetBytes(at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        return new() { Metadata = new() { Name = $"bootstrap-token-{id}", NamespaceProperty = "kube-system" }, Type = "bootstrap.kubernetes.io/token", Data = data };
    }
}
