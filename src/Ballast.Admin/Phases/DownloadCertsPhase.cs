using Ballast.Admin.Clusters;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>Brings the shared certificates to a control plane that joins: from the cluster, unless somebody copied all of them here before.</summary>
public sealed class DownloadCertsPhase : IPhase
{
    public string Name => "download-certs";

    public string Title => "Get the shared certificates";

    public IEnumerable<string> Writes(PhaseContext context) => context.Files.Shared.Select(f => f.Path);

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        var missing = context.Files.Shared.Where(f => !File.Exists(f.Path)).Select(f => f.Path).ToList();
        if (missing.Count == 0)
            return "they are here";
        if (context.CertificateKey is not { } key)
        {
            throw new ClusterException($"the certificates that all control planes share are not here ({missing[0]} is missing), and there is no --certificate-key to get them with", 2)
            {
                Hint = "on a control plane: ballast token create --print-join-command, and ballast init phase upload-certs --upload-certs",
            };
        }
        using var api = TokenClient.Create(context.Discovered!, context.JoinToken!);
        await new UploadedCertificates(UploadedCertificates.Certificates, api, context.Time).DownloadAsync(context.Files.Shared, context.Files.SharedWhereThere, key, cancel);
        return "";
    }
}
