using System.Net;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Etcd;

namespace Ballast.Admin.Manifests;

/// <summary>The static pods of one control-plane host: which flags each component is started with.</summary>
/// <param name="paths">The host's files.</param>
/// <param name="hostName">The host's name.</param>
/// <param name="address">The host's address; everything listens on it and on nothing else.</param>
/// <param name="version">Of the images.</param>
public sealed class ControlPlaneManifests(HostPaths paths, string hostName, IPAddress address, string version)
{
    /// <summary>Tells whoever looks at a member's pod where its clients reach it.</summary>
    public const string EtcdUrlAnnotation = "kubeadm.kubernetes.io/etcd.advertise-client-urls";

    /// <summary>A member of the quorum.</summary>
    /// <param name="members">Every member's name and peer URL, this one's included.</param>
    /// <param name="state">Do they start together, or does this one join the others?</param>
    public StaticPod Etcd(IReadOnlyList<(string Name, string PeerUrl)> members, InitialClusterState state = InitialClusterState.New) =>
        new("etcd", "ballast/etcd:host",
        [
            "etcd",
            $"--name={hostName}",
            $"--data-dir={paths.EtcdData}",
            $"--listen-client-urls=https://{address}:2379",
            $"--advertise-client-urls=https://{address}:2379",
            $"--listen-peer-urls=https://{address}:2380",
            $"--initial-advertise-peer-urls=https://{address}:2380",
            $"--initial-cluster={string.Join(',', members.Select(m => $"{m.Name}={m.PeerUrl}"))}",
            $"--initial-cluster-state={(state == InitialClusterState.New ? "new" : "existing")}",
            $"--listen-metrics-urls=http://{address}:2381",
            "--client-cert-auth=true",
            $"--cert-file={paths.Pki("etcd/server.crt")}",
            $"--key-file={paths.Pki("etcd/server.key")}",
            $"--trusted-ca-file={paths.Pki("etcd/ca.crt")}",
            "--peer-client-cert-auth=true",
            $"--peer-cert-file={paths.Pki("etcd/peer.crt")}",
            $"--peer-key-file={paths.Pki("etcd/peer.key")}",
            $"--peer-trusted-ca-file={paths.Pki("etcd/ca.crt")}",
            "--snapshot-count=10000",
            "--quota-backend-bytes=8589934592",
        ], "100m")
        {
            Annotations = new Dictionary<string, string> { [EtcdUrlAnnotation] = $"https://{address}:2379" },
            // /health of etcd 3.4 asks the quorum: a member that lost it is not ready, but restarting it would only make things worse.
            Liveness = StaticPod.HttpProbe("HTTP", address.ToString(), 2381, "/metrics", 10, 8),
            Readiness = StaticPod.HttpProbe("HTTP", address.ToString(), 2381, "/health", 1, 3),
            HostPaths = new Dictionary<string, string> { ["etcd-certs"] = paths.Pki("etcd"), ["etcd-data"] = paths.EtcdData },
        };

    /// <param name="etcdUrls">The client URL of every member.</param>
    /// <param name="serviceRange">The CIDR of cluster IPs.</param>
    /// <param name="externalEtcd">How to reach an etcd that is not on the control planes; null where it is.</param>
    public StaticPod KubeApiServer(IReadOnlyList<string> etcdUrls, string serviceRange, EtcdTls? externalEtcd = null) =>
        new("kube-apiserver", $"ballast/kube-apiserver:{version}",
        [
            "kube-apiserver",
            $"--advertise-address={address}",
            $"--bind-address={address}",
            "--secure-port=6443",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            $"--client-ca-file={paths.Pki("ca.crt")}",
            "--enable-admission-plugins=NodeRestriction",
            "--enable-bootstrap-token-auth=true",
            $"--etcd-servers={string.Join(',', etcdUrls)}",
            $"--etcd-cafile={externalEtcd?.CaFile ?? paths.Pki("etcd/ca.crt")}",
            $"--etcd-certfile={externalEtcd?.CertFile ?? paths.Pki("apiserver-etcd-client.crt")}",
            $"--etcd-keyfile={externalEtcd?.KeyFile ?? paths.Pki("apiserver-etcd-client.key")}",
            $"--kubelet-client-certificate={paths.Pki("apiserver-kubelet-client.crt")}",
            $"--kubelet-client-key={paths.Pki("apiserver-kubelet-client.key")}",
            "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
            $"--proxy-client-cert-file={paths.Pki("front-proxy-client.crt")}",
            $"--proxy-client-key-file={paths.Pki("front-proxy-client.key")}",
            "--requestheader-allowed-names=front-proxy-client",
            $"--requestheader-client-ca-file={paths.Pki("front-proxy-ca.crt")}",
            "--requestheader-extra-headers-prefix=X-Remote-Extra-",
            "--requestheader-group-headers=X-Remote-Group",
            "--requestheader-username-headers=X-Remote-User",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            $"--service-account-key-file={paths.Pki("sa.pub")}",
            $"--service-account-signing-key-file={paths.Pki("sa.key")}",
            $"--service-cluster-ip-range={serviceRange}",
            // The load balancer asks /readyz every second: three missed answers, and no client is sent here any more.
            "--shutdown-delay-duration=3s",
            $"--tls-cert-file={paths.Pki("apiserver.crt")}",
            $"--tls-private-key-file={paths.Pki("apiserver.key")}",
        ], "250m")
        {
            Annotations = new Dictionary<string, string> { ["kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint"] = $"{address}:6443" },
            Liveness = StaticPod.HttpProbe("HTTPS", address.ToString(), 6443, "/livez", 10, 8),
            Readiness = StaticPod.HttpProbe("HTTPS", address.ToString(), 6443, "/readyz", 1, 3),
            Startup = StaticPod.HttpProbe("HTTPS", address.ToString(), 6443, "/livez", 1, 240),
            HostPaths = new Dictionary<string, string>([new("k8s-certs", paths.Pki("")), .. FoldersOf(externalEtcd)]),
        };

    /// <summary>What an external etcd's files are in, besides the PKI's folder.</summary>
    private IEnumerable<KeyValuePair<string, string>> FoldersOf(EtcdTls? externalEtcd) => externalEtcd is null ? [] :
        new[] { externalEtcd.CaFile, externalEtcd.CertFile, externalEtcd.KeyFile }.Where(f => !f.StartsWith(paths.Pki("") + "/", StringComparison.Ordinal)).Select(f => Path.GetDirectoryName(f)!).Distinct()
            .Select((folder, i) => KeyValuePair.Create($"etcd-certs-{i}", folder));

    public StaticPod KubeControllerManager(string clusterName, string serviceRange, string podRange) =>
        new("kube-controller-manager", $"ballast/kube-controller-manager:{version}",
        [
            "kube-controller-manager",
            $"--authentication-kubeconfig={paths.Kubeconfig("controller-manager.conf")}",
            $"--authorization-kubeconfig={paths.Kubeconfig("controller-manager.conf")}",
            $"--bind-address={address}",
            $"--client-ca-file={paths.Pki("ca.crt")}",
            $"--cluster-cidr={podRange}",
            $"--cluster-name={clusterName}",
            $"--cluster-signing-cert-file={paths.Pki("ca.crt")}",
            $"--cluster-signing-key-file={paths.Pki("ca.key")}",
            "--controllers=*,bootstrapsigner,tokencleaner",
            $"--kubeconfig={paths.Kubeconfig("controller-manager.conf")}",
            "--leader-elect=true",
            $"--requestheader-client-ca-file={paths.Pki("front-proxy-ca.crt")}",
            $"--root-ca-file={paths.Pki("ca.crt")}",
            $"--service-account-private-key-file={paths.Pki("sa.key")}",
            $"--service-cluster-ip-range={serviceRange}",
            "--use-service-account-credentials=true",
        ], "200m")
        {
            Liveness = StaticPod.HttpProbe("HTTPS", address.ToString(), 10257, "/healthz", 10, 8),
            Startup = StaticPod.HttpProbe("HTTPS", address.ToString(), 10257, "/healthz", 1, 240),
            HostPaths = new Dictionary<string, string>
            {
                ["k8s-certs"] = paths.Pki(""),
                ["kubeconfig"] = paths.Kubeconfig("controller-manager.conf"),
            },
        };

    public StaticPod KubeScheduler() =>
        new("kube-scheduler", $"ballast/kube-scheduler:{version}",
        [
            "kube-scheduler",
            $"--authentication-kubeconfig={paths.Kubeconfig("scheduler.conf")}",
            $"--authorization-kubeconfig={paths.Kubeconfig("scheduler.conf")}",
            $"--bind-address={address}",
            $"--client-ca-file={paths.Pki("ca.crt")}",
            $"--kubeconfig={paths.Kubeconfig("scheduler.conf")}",
            "--leader-elect=true",
        ], "100m")
        {
            Liveness = StaticPod.HttpProbe("HTTPS", address.ToString(), 10259, "/livez", 10, 8),
            Readiness = StaticPod.HttpProbe("HTTPS", address.ToString(), 10259, "/readyz", 1, 3),
            Startup = StaticPod.HttpProbe("HTTPS", address.ToString(), 10259, "/livez", 1, 240),
            HostPaths = new Dictionary<string, string> { ["k8s-certs"] = paths.Pki(""), ["kubeconfig"] = paths.Kubeconfig("scheduler.conf") },
        };

    /// <summary>
    /// Takes backups on a schedule. Its kubeconfig leads to the host's own load balancer, so that backups go on without the one in front.
    /// </summary>
    /// <param name="settings">When, how many, and where.</param>
    /// <param name="etcdUrls">The client URL of every member.</param>
    /// <param name="s3">Is the target a bucket, with credentials on this host?</param>
    /// <param name="externalEtcd">How to reach an etcd that is not on the control planes; null where it is.</param>
    /// <param name="etcdPrefix">Where the API server keeps its objects.</param>
    public StaticPod BackupController(BackupSettings settings, IReadOnlyList<string> etcdUrls, bool s3, EtcdTls? externalEtcd = null, string etcdPrefix = ClusterEtcd.DefaultPrefix) =>
        new(BackupSettings.Component, $"ballast/{BackupSettings.Component}:{version}",
        [
            BackupSettings.Component,
            $"--bind-address={address}",
            $"--client-ca-file={paths.Pki("ca.crt")}",
            $"--etcd-servers={string.Join(',', etcdUrls)}",
            $"--etcd-cafile={externalEtcd?.CaFile ?? paths.Pki("etcd/ca.crt")}",
            $"--etcd-certfile={externalEtcd?.CertFile ?? paths.Pki("apiserver-etcd-client.crt")}",
            $"--etcd-keyfile={externalEtcd?.KeyFile ?? paths.Pki("apiserver-etcd-client.key")}",
            .. etcdPrefix == ClusterEtcd.DefaultPrefix ? [] : new[] { $"--etcd-prefix={etcdPrefix}" },
            $"--keep={settings.Keep}",
            $"--key={BackupSettings.KeyOn(paths)}",
            $"--kubeconfig={paths.Kubeconfig(BackupSettings.Kubeconfig)}",
            "--leader-elect=true",
            $"--root-dir={paths.Root}",
            .. s3 ? new[] { $"--s3-credentials={BackupSettings.S3CredentialsOn(paths)}" } : [],
            $"--schedule={settings.Schedule}",
            $"--target={settings.Target}",
        ], "100m")
        {
            Liveness = StaticPod.HttpProbe("HTTPS", address.ToString(), 10261, "/livez", 10, 8),
            Readiness = StaticPod.HttpProbe("HTTPS", address.ToString(), 10261, "/readyz", 1, 3),
            Startup = StaticPod.HttpProbe("HTTPS", address.ToString(), 10261, "/livez", 1, 240),
            HostPaths = new[]
            {
                ("k8s-certs", paths.Pki("")),
                ("kubeconfig", paths.Kubeconfig(BackupSettings.Kubeconfig)),
                ("backup-keys", Path.GetDirectoryName(BackupSettings.KeyOn(paths))!),
                ("backup-scratch", paths.BackupScratch),
                ("backups", settings.Target),
            }.Where(p => !s3 || p.Item1 != "backups").Concat(FoldersOf(externalEtcd).Select(f => (f.Key, f.Value))).ToDictionary(p => p.Item1, p => p.Item2),
        };
}

/// <summary>etcd's <c>--initial-cluster-state</c>.</summary>
public enum InitialClusterState
{
    /// <summary>All members start together, with nothing.</summary>
    New,

    /// <summary>The member was added to a quorum that runs.</summary>
    Existing,
}
