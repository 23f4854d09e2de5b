using Ballast.Admin.Pki;

namespace Ballast.Admin.Phases;

/// <summary>The CAs, where they are missing, and every certificate that a control plane needs.</summary>
public sealed class CertsPhase : IPhase
{
    public string Name => "certs";

    public string Title => "Make certificates";

    /// <summary>In kubeadm's order. Those of etcd make nothing where that is external.</summary>
    public IReadOnlyList<IPhase> Parts { get; } =
    [
        Authority("ca", "ca", "the CA of the cluster", pki => pki.ClusterCa()),
        Certificate("apiserver", "apiserver"),
        Certificate("apiserver-kubelet-client", "apiserver-kubelet-client"),
        Authority("front-proxy-ca", "front-proxy-ca", "the CA of the front proxy", pki => pki.FrontProxyCa()),
        Certificate("front-proxy-client", "front-proxy-client"),
        Authority("etcd-ca", "etcd/ca", "the CA of etcd", pki => pki.EtcdCa()),
        Certificate("etcd-server", "etcd/server"),
        Certificate("etcd-peer", "etcd/peer"),
        Certificate("etcd-healthcheck-client", "etcd/healthcheck-client"),
        new PhasePart("apiserver-etcd-client", "Make the certificate apiserver-etcd-client", c => Unless(c, Pair(ControlPlanePki.EtcdClient)), c =>
        {
            if (c.Cluster.ExternalEtcd is null)
                c.Files.Pki.EnsureEtcdClient();
        }),
        new PhasePart("sa", "Make the key of service-account tokens", c => [c.Paths.Pki("sa.key"), c.Paths.Pki("sa.pub")], c => c.Files.Pki.EnsureServiceAccountKey()),
    ];

    public IEnumerable<string> Writes(PhaseContext context) => Parts.SelectMany(p => p.Writes(context));

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        foreach (var part in Parts)
            await part.RunAsync(context, cancel);
        return context.Paths.Pki("");
    }

    private static PhasePart Authority(string name, string file, string what, Func<ControlPlanePki, CertificateAuthority> make) =>
        new(name, $"Make {what}", c => IsElsewhere(c, file) ? [] : Pair(file)(c), c =>
        {
            if (!IsElsewhere(c, file))
                make(c.Files.Pki).Dispose();
        });

    private static PhasePart Certificate(string name, string file) =>
        new(name, $"Make the certificate {name}", c => IsElsewhere(c, file) ? [] : Pair(file)(c), c =>
        {
            if (!IsElsewhere(c, file))
                c.Files.Certificate(file);
        });

    /// <summary>An external etcd has its own CA and certificates.</summary>
    private static bool IsElsewhere(PhaseContext context, string file) => context.Cluster.ExternalEtcd is not null && file.StartsWith("etcd/", StringComparison.Ordinal);

    private static IEnumerable<string> Unless(PhaseContext context, Func<PhaseContext, IEnumerable<string>> files) => context.Cluster.ExternalEtcd is null ? files(context) : [];

    private static Func<PhaseContext, IEnumerable<string>> Pair(string file) => c => [c.Paths.Pki(file + ".crt"), c.Paths.Pki(file + ".key")];
}
