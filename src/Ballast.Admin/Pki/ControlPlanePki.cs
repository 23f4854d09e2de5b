using System.Net;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Pki;

/// <summary>What the names in a host's certificates depend on.</summary>
/// <param name="HostName">Of the host.</param>
/// <param name="Address">Of the host.</param>
public sealed record PkiNames(string HostName, IPAddress Address)
{
    /// <summary>DNS names of the API endpoint, the load balancer's among them.</summary>
    public IReadOnlyList<string> EndpointNames { get; init; } = [];

    public IReadOnlyList<IPAddress> EndpointAddresses { get; init; } = [];

    /// <summary>The first address of the service range, which the <c>kubernetes</c> Service gets.</summary>
    public required IPAddress FirstServiceAddress { get; init; }

    public string DnsDomain { get; init; } = "cluster.local";
}

/// <summary>
/// The certificates kubeadm makes, at its paths below <c>/etc/kubernetes/pki</c>. What exists is kept; what is missing is made. The three CAs and <c>sa.key</c> are the
/// cluster's: they are made once and copied to every further control plane (<see cref="CopyShared"/>).
/// </summary>
public sealed class ControlPlanePki(HostPaths paths, KeyAlgorithm algorithm, TimeProvider time)
{
    /// <summary>What all control planes share, below <c>pki/</c>.</summary>
    public static IReadOnlyList<string> SharedFiles { get; } =
    [
        "ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub",
    ];

    public CertificateAuthority ClusterCa() => CertificateAuthority.LoadOrCreate(paths.Pki("ca"), "kubernetes", algorithm, time);

    public CertificateAuthority EtcdCa() => CertificateAuthority.LoadOrCreate(paths.Pki("etcd/ca"), "etcd-ca", algorithm, time);

    public CertificateAuthority FrontProxyCa() => CertificateAuthority.LoadOrCreate(paths.Pki("front-proxy-ca"), "front-proxy-ca", algorithm, time);

    /// <summary>Makes the CAs and the service-account key where they are missing.</summary>
    /// <param name="withEtcd">False where somebody else has the CA of etcd.</param>
    public void EnsureShared(bool withEtcd = true)
    {
        using var cluster = ClusterCa();
        using var etcd = withEtcd ? EtcdCa() : null;
        using var frontProxy = FrontProxyCa();
        EnsureServiceAccountKey();
    }

    /// <summary>Makes the key that service-account tokens are signed with.</summary>
    public void EnsureServiceAccountKey()
    {
        if (File.Exists(paths.Pki("sa.key")) && File.Exists(paths.Pki("sa.pub")))
            return;
        using var key = algorithm.NewKey();
        AtomicFile.Write(paths.Pki("sa.key"), key.PrivateKeyPem(), AtomicFile.Secret);
        AtomicFile.Write(paths.Pki("sa.pub"), key.ExportSubjectPublicKeyInfoPem() + "\n", AtomicFile.Public);
    }

    /// <summary>Brings the shared files of <paramref name="source"/> to this host, but those that it has.</summary>
    public void CopyShared(HostPaths source, Func<string, bool>? which = null)
    {
        foreach (var file in SharedFiles.Where(f => which?.Invoke(f) ?? true))
        {
            if (!File.Exists(paths.Pki(file)))
                AtomicFile.Write(paths.Pki(file), File.ReadAllText(source.Pki(file)), file.EndsWith(".key", StringComparison.Ordinal) ? AtomicFile.Secret : AtomicFile.Public);
        }
    }

    /// <summary>What the API server of this host serves and calls others with.</summary>
    public static IReadOnlyList<string> OfApiServer { get; } = ["apiserver", "apiserver-kubelet-client", "front-proxy-client"];

    /// <summary>What the etcd member of this host serves its clients and meets its peers with.</summary>
    public static IReadOnlyList<string> OfEtcdMember { get; } = ["etcd/server", "etcd/peer", "etcd/healthcheck-client"];

    /// <summary>The API server's client certificate for etcd.</summary>
    public const string EtcdClient = "apiserver-etcd-client";

    /// <summary>Makes <see cref="OfApiServer"/>.</summary>
    public void EnsureApiServer(PkiNames names) => Ensure(OfApiServer, names);

    /// <summary>Makes <see cref="EtcdClient"/>.</summary>
    public void EnsureEtcdClient()
    {
        using var ca = EtcdCa();
        Ensure(EtcdClient, ca, new CertificateSpec("kube-apiserver-etcd-client") { Client = true });
    }

    /// <summary>Makes <see cref="OfEtcdMember"/>.</summary>
    public void EnsureEtcdMember(PkiNames names) => Ensure(OfEtcdMember, names);

    /// <summary>Makes one of <see cref="OfApiServer"/> or <see cref="OfEtcdMember"/>.</summary>
    public void Ensure(string name, PkiNames names)
    {
        using var ca = name.StartsWith("etcd/", StringComparison.Ordinal) ? EtcdCa() : name == "front-proxy-client" ? FrontProxyCa() : ClusterCa();
        Ensure(name, ca, name switch
        {
            "apiserver" => new CertificateSpec("kube-apiserver")
            {
                Server = true,
                DnsNames = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", $"kubernetes.default.svc.{names.DnsDomain}", names.HostName, "localhost", .. names.EndpointNames],
                Addresses = [names.FirstServiceAddress, names.Address, .. names.EndpointAddresses],
            },
            "apiserver-kubelet-client" => new CertificateSpec("kube-apiserver-kubelet-client") { Client = true, Organizations = ["kubeadm:cluster-admins"] },
            "front-proxy-client" => new CertificateSpec("front-proxy-client") { Client = true },
            "etcd/server" or "etcd/peer" => new CertificateSpec(names.HostName)
            {
                Server = true,
                Client = true,
                DnsNames = [names.HostName, "localhost"],
                Addresses = [names.Address, IPAddress.Loopback, IPAddress.IPv6Loopback],
            },
            "etcd/healthcheck-client" => new CertificateSpec("kube-etcd-healthcheck-client") { Client = true },
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "no certificate of a control plane"),
        });
    }

    private void Ensure(IEnumerable<string> certificates, PkiNames names)
    {
        foreach (var name in certificates)
            Ensure(name, names);
    }

    private void Ensure(string name, CertificateAuthority ca, CertificateSpec spec)
    {
        var path = paths.Pki(name);
        if (File.Exists(path + ".crt") && File.Exists(path + ".key"))
            return;
        var pair = ca.Issue(spec, algorithm, time);
        AtomicFile.Write(path + ".key", pair.KeyPem, AtomicFile.Secret);
        AtomicFile.Write(path + ".crt", pair.CertificatePem, AtomicFile.Public);
    }
}
