using System.Security.Cryptography.X509Certificates;
using Ballast.ComponentBase.Commands;
using Ballast.ComponentBase.Serving;
using Microsoft.AspNetCore.Http;

namespace Ballast.Kubelet.Serving;

/// <summary>
/// Who may ask the kubelet: holders of a client certificate of the cluster's CA that makes them administrators, among them
/// the API servers. Nobody else.
/// </summary>
internal sealed class Callers(string? clientCAFile, ComponentContext context)
{
    private static readonly string[] Groups = ["system:masters", "kubeadm:cluster-admins"];

    private readonly CertificateAuthorities? _authority = clientCAFile is null ? null : CertificateAuthorities.FromFlag("client-ca-file", clientCAFile, context);

    /// <summary>True where the request was answered with a refusal.</summary>
    public async Task<bool> RefuseAsync(HttpContext http)
    {
        if (_authority is null || !_authority.Trusts(http))
        {
            await KubeletServer.AnswerAsync(http, StatusCodes.Status401Unauthorized, "Unauthorized");
            return true;
        }
        var subject = http.Connection.ClientCertificate!.SubjectName;
        if (ValuesOf(subject, Organization).Any(Groups.Contains))
            return false;
        await KubeletServer.AnswerAsync(http, StatusCodes.Status403Forbidden,
            $"Forbidden (user={ValuesOf(subject, CommonName).FirstOrDefault()}, verb={http.Request.Method.ToLowerInvariant()}, resource=nodes, subresource(s)=[proxy])");
        return true;
    }

    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";

    private static IEnumerable<string> ValuesOf(X500DistinguishedName subject, string type) =>
        subject.EnumerateRelativeDistinguishedNames()
            .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == type)
            .Select(part => part.GetSingleElementValue() ?? "");
}
