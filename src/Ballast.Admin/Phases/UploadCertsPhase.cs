using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>Leaves the shared certificates in the cluster for two hours, encrypted, for control planes that join. Without a key it does nothing.</summary>
public sealed class UploadCertsPhase : IPhase
{
    public string Name => "upload-certs";

    public string Title => "Store the certificates, encrypted";

    public IEnumerable<string> Writes(PhaseContext context) => context.CertificateKey is null ? [] :
    [
        $"Secret kube-system/{UploadedCertificates.Certificates.Name}", "Secret kube-system/bootstrap-token-… which it ends with", "Role and RoleBinding kube-system/kubeadm:kubeadm-certs",
    ];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (context.CertificateKey is not { } key)
            return "not asked for (--upload-certs)";
        await JoinAccess.EnsureCertificatesAsync(context.Admin, cancel);
        await new UploadedCertificates(UploadedCertificates.Certificates, context.Admin, context.Time).UploadAsync([.. context.Files.Shared, .. context.Files.SharedWhereThere.Where(f => File.Exists(f.Path))], key, cancel);
        return "they stay for two hours";
    }
}
