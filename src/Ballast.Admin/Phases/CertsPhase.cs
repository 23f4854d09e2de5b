namespace Ballast.Admin.Phases;

/// <summary>The CAs, where they are missing, and every certificate that a control plane needs.</summary>
public sealed class CertsPhase : IPhase
{
    private static readonly string[] Own = ["apiserver", "apiserver-kubelet-client", "front-proxy-client"];
    private static readonly string[] OfEtcd = ["apiserver-etcd-client", "etcd/server", "etcd/peer", "etcd/healthcheck-client"];

    public string Name => "certs";

    public string Title => "Make certificates";

    public IEnumerable<string> Writes(PhaseContext context) =>
        context.Files.Shared.Where(f => f.Path.StartsWith(context.Paths.Pki(""), StringComparison.Ordinal) && !f.Key.StartsWith("external-", StringComparison.Ordinal)).Select(f => f.Path)
            .Concat(Own.Concat(context.Cluster.ExternalEtcd is null ? OfEtcd : []).SelectMany(n => new[] { n + ".crt", n + ".key" }).Select(context.Paths.Pki));

    public Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        context.Files.Pki.EnsureShared(withEtcd: context.Cluster.ExternalEtcd is null);
        context.Files.ControlPlaneCertificates();
        if (context.Cluster.ExternalEtcd is null)
            context.Files.EtcdCertificates();
        return Task.FromResult(context.Paths.Pki(""));
    }
}
