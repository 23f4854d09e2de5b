using Ballast.Admin.Certificates;
using Ballast.Admin.Pki;
using Ballast.Admin.Tokens;

namespace Ballast.Admin.Phases;

/// <summary>Gets the kubelet's client certificate with the join token. Where it is interrupted the next run begins with a new key.</summary>
internal sealed class TlsBootstrap(PhaseContext context)
{
    public async Task RunAsync(CancellationToken cancel)
    {
        var (cluster, token) = (context.Discovered!, context.JoinToken!);
        using var api = TokenClient.Create(cluster, token);
        using var key = context.Cluster.KeyAlgorithm.NewKey();
        var pair = await new NodeCertificateRequest(api, context.Host.Name, context.Patience, context.Time).RunAsync(key, cancel);
        context.Files.KubeconfigFor(context.Files.KubeletUser, onHost: true).Write(context.Paths.Kubeconfig("kubelet.conf"), cluster.CaPem, pair);
    }
}
