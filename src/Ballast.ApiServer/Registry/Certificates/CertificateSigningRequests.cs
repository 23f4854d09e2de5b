using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Certificates;

internal static class CertificateSigningRequests
{
    public static ResourceDefinition Definition { get; } = Define();

    private static ResourceDefinition Define()
    {
        var strategy = new CertificateSigningRequestStrategy { HasStatus = true };
        return BuiltIn
            .ClusterScoped("certificates.k8s.io/v1", "certificatesigningrequests", "CertificateSigningRequest", strategy,
            [
                Column.ObjectName,
                Column.Age,
                Column.Text("SignerName", "spec.signerName", d => d.Text("spec", "signerName")),
                Column.Text("Requestor", "spec.request", d => d.Text("spec", "username")),
                Column.Text("RequestedDuration", "spec.expirationSeconds",
                    d => d.Long("spec", "expirationSeconds") is { } seconds ? HumanDuration.Format(TimeSpan.FromSeconds(seconds)) : Cells.None),
                Column.Text("Condition", "status.conditions", Condition),
            ])
            .WithShortNames("csr")
            .WithStatus(new CertificateStatusStrategy(strategy))
            .WithFields("approval", new CertificateApprovalStrategy(strategy))
            .WithSelectableFields(("spec.signerName", d => d.Text("spec", "signerName")));
    }

    private static string Condition(JsonObject request)
    {
        var text = request.Condition("Denied") is not null ? "Denied" : request.Condition("Approved") is not null ? "Approved" : "Pending";
        if (request.Condition("Failed") is not null)
            text += ",Failed";
        return request.Text("status", "certificate").Length > 0 ? text + ",Issued" : text;
    }
}
