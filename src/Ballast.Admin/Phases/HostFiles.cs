using System.Net;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Configuration;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;
using Ballast.Admin.Kubeconfigs;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Manifests;
using Ballast.Admin.Pki;

namespace Ballast.Admin.Phases;

/// <summary>
/// The files that make a machine a host of the cluster: certificates, kubeconfigs, manifests, the kubelet's configuration. What exists is kept, so each
/// method can be run again after a failure.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="host">The host.</param>
/// <param name="time">The clock.</param>
public sealed class HostFiles(ClusterConfiguration cluster, Host host, TimeProvider time)
{
    private readonly HostPaths _paths = host.Paths;

    /// <summary>People take it along to where the endpoint leads to the cluster; whoever has another one stays on the host.</summary>
    private const string Portable = "admin.conf";

    /// <summary>The kubeconfigs of a control plane, and for whom they are.</summary>
    public static IReadOnlyList<(string File, CertificateSpec User)> ControlPlaneUsers { get; } =
    [
        (Portable, new CertificateSpec("kubernetes-admin") { Client = true, Organizations = ["kubeadm:cluster-admins"] }),
        ("super-admin.conf", new CertificateSpec("kubernetes-super-admin") { Client = true, Organizations = ["system:masters"] }),
        ("controller-manager.conf", new CertificateSpec("system:kube-controller-manager") { Client = true }),
        ("scheduler.conf", new CertificateSpec("system:kube-scheduler") { Client = true }),
    ];

    public ControlPlanePki Pki { get; } = new(host.Paths, cluster.KeyAlgorithm, time);

    /// <summary>What all control planes share, by its name among the uploaded certificates, and where this host has it.</summary>
    public IReadOnlyList<(string Key, string Path)> Shared =>
    [
        .. ControlPlanePki.SharedFiles.Where(f => cluster.ExternalEtcd is null || !f.StartsWith("etcd/", StringComparison.Ordinal)).Select(f => (f.Replace('/', '-'), _paths.Pki(f))),
        .. cluster.ExternalEtcd?.On(_paths) is { } etcd ? new[] { ("external-etcd-ca.crt", etcd.CaFile), ("external-etcd.crt", etcd.CertFile), ("external-etcd.key", etcd.KeyFile) } : [],
    ];

    /// <summary>As <see cref="Shared"/>, of what a control plane may have or not.</summary>
    public IReadOnlyList<(string Key, string Path)> SharedWhereThere => [("backup-key", BackupSettings.KeyOn(_paths)), ("backup-s3-credentials", BackupSettings.S3CredentialsOn(_paths))];

    private ControlPlaneManifests Manifests => new(_paths, host.Name, host.Address, BallastVersion.Text);

    private PkiNames Names => new(host.Name, host.Address)
    {
        EndpointNames = [.. cluster.NamesInCertificates.Where(n => !IPAddress.TryParse(n, out _))],
        EndpointAddresses = [.. cluster.NamesInCertificates.Select(n => IPAddress.TryParse(n, out var address) ? address : null).OfType<IPAddress>()],
        FirstServiceAddress = cluster.FirstServiceAddress,
        DnsDomain = cluster.DnsDomain,
    };

    /// <summary>What the API server serves and calls others with; the CAs are there by then.</summary>
    public void ControlPlaneCertificates()
    {
        Pki.EnsureApiServer(Names);
        if (cluster.ExternalEtcd is null)
            Pki.EnsureEtcdClient();
    }

    public void EtcdCertificates() => Pki.EnsureEtcdMember(Names);

    /// <summary>One certificate alone; the CAs are there by then.</summary>
    /// <param name="name">As <see cref="ControlPlanePki.Ensure(string, PkiNames)"/> takes it.</param>
    public void Certificate(string name) => Pki.Ensure(name, Names);

    public void ControlPlaneKubeconfigs()
    {
        foreach (var (file, user) in ControlPlaneUsers)
            Kubeconfig(file, user, _paths);
    }

    /// <summary>The kubelet's credentials, made with the CA's key in <paramref name="ca"/>.</summary>
    public void KubeletKubeconfig(HostPaths ca) => Kubeconfig("kubelet.conf", KubeletUser, ca);

    public CertificateSpec KubeletUser => NodeUser(host.Name);

    /// <summary>Who a node's kubelet is.</summary>
    public static CertificateSpec NodeUser(string node) => new($"system:node:{node}") { Client = true, Organizations = ["system:nodes"] };

    /// <summary>The backup-controller's credentials.</summary>
    public void BackupControllerKubeconfig() => Kubeconfig(BackupSettings.Kubeconfig, BackupSettings.User, _paths);

    /// <param name="file">Its name.</param>
    /// <param name="user">Who it is for.</param>
    /// <param name="ca">Where the CA's key is.</param>
    public void Kubeconfig(string file, CertificateSpec user, HostPaths ca)
    {
        using var authority = new ControlPlanePki(ca, cluster.KeyAlgorithm, time).ClusterCa();
        KubeconfigFor(user, onHost: file != Portable)
            .Ensure(_paths.Kubeconfig(file), authority.CertificatePem, () => authority.Issue(user, cluster.KeyAlgorithm, time));
    }

    /// <param name="user">Who it is for.</param>
    /// <param name="onHost">Through the host's own load balancer; else through the endpoint.</param>
    public Kubeconfig KubeconfigFor(CertificateSpec user, bool onHost) => onHost
        ? new(Balancer.Server, cluster.ClusterName, user.CommonName) { TlsServerName = HostBalancer.ServerName }
        : new(cluster.Server, cluster.ClusterName, user.CommonName);

    private HostBalancer Balancer => new(host);

    /// <param name="seeds">HOST:PORT of API servers, or of what leads to them, to begin with.</param>
    public void LoadBalancer(IReadOnlyList<string> seeds)
    {
        AtomicFile.Folder(Path.GetDirectoryName(_paths.LoadBalancerState)!);
        AtomicFile.Folder(_paths.KubeletCertificates);
        Manifest(LoadBalancerPod(seeds));
    }

    /// <summary>What <see cref="LoadBalancer"/> writes.</summary>
    public StaticPod LoadBalancerPod(IReadOnlyList<string> seeds) => Balancer.Pod(seeds);

    /// <param name="members">Every member's name and peer URL, this one's included.</param>
    /// <param name="state">Do they start together, or does this one join the others?</param>
    public void Etcd(IReadOnlyList<(string Name, string PeerUrl)> members, InitialClusterState state = InitialClusterState.New)
    {
        AtomicFile.Folder(_paths.EtcdData);
        Manifest(EtcdPod(members, state));
    }

    /// <param name="etcdUrls">The members that the API server may ask.</param>
    /// <param name="only">The one component that is meant; null for all.</param>
    public void ControlPlane(IReadOnlyList<string> etcdUrls, string? only = null)
    {
        foreach (var pod in ControlPlanePods(etcdUrls).Where(p => only is null || p.Component == only))
            Manifest(pod);
    }

    /// <summary>What <see cref="Etcd"/> writes.</summary>
    public StaticPod EtcdPod(IReadOnlyList<(string Name, string PeerUrl)> members, InitialClusterState state) =>
        Manifests.Etcd(members, state).With(cluster.EtcdArguments);

    /// <summary>What <see cref="ControlPlane"/> writes.</summary>
    public IReadOnlyList<StaticPod> ControlPlanePods(IReadOnlyList<string> etcdUrls) =>
    [
        Manifests.KubeApiServer(etcdUrls, cluster.ServiceSubnet, cluster.ExternalEtcd?.On(_paths)).With(cluster.ApiServerArguments),
        Manifests.KubeControllerManager(cluster.ClusterName, cluster.ServiceSubnet, cluster.PodSubnet).With(cluster.ControllerManagerArguments),
        Manifests.KubeScheduler().With(cluster.SchedulerArguments),
    ];

    /// <summary>The backup-controller with these settings.</summary>
    /// <param name="settings">When, how many, and where.</param>
    /// <param name="etcdUrls">The client URL of every member.</param>
    /// <param name="s3">Is the target a bucket, with credentials on this host?</param>
    public StaticPod BackupControllerPod(BackupSettings settings, IReadOnlyList<string> etcdUrls, bool s3) => Manifests.BackupController(settings, etcdUrls, s3, cluster.ExternalEtcd?.On(_paths),
        cluster.ApiServerArguments.LastOrDefault(a => a.Key == "etcd-prefix").Value ?? ClusterEtcd.DefaultPrefix);

    /// <param name="shared">What all hosts of the cluster have in common, where there is an API server to register with.</param>
    public void KubeletConfiguration(string shared = SharedKubeletConfiguration.Default)
    {
        AtomicFile.Folder(_paths.Manifests);
        if (!File.Exists(_paths.KubeletConfig))
            AtomicFile.Write(_paths.KubeletConfig, SharedKubeletConfiguration.On(host, shared), AtomicFile.Public);
    }

    /// <summary>For a kubelet that runs its manifests and nothing else.</summary>
    public void KubeletConfigurationWithoutApiServer()
    {
        AtomicFile.Folder(_paths.Manifests);
        if (!File.Exists(_paths.KubeletConfig))
        {
            AtomicFile.Write(_paths.KubeletConfig,
                $"""
                apiVersion: kubelet.config.k8s.io/v1beta1
                kind: KubeletConfiguration
                address: {host.Address}
                port: 10250
                staticPodPath: {_paths.Manifests}

                """, AtomicFile.Public);
        }
    }

    private void Manifest(StaticPod pod)
    {
        if (!File.Exists(_paths.Manifest(pod.Component)))
            AtomicFile.Write(_paths.Manifest(pod.Component), pod.Render(), AtomicFile.Secret);
    }
}
