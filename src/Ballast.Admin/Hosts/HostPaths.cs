namespace Ballast.Admin.Hosts;

/// <summary>
/// Where things are on a host, below its root folder: <c>/</c> on a real machine, a folder of its own on each host of <c>ballast up</c>. Every path is the one
/// that kubeadm uses.
/// </summary>
public sealed record HostPaths(string Root)
{
    /// <summary><c>/etc/kubernetes</c>.</summary>
    public string Kubernetes => Path.Combine(Root, "etc/kubernetes");

    public string Manifests => Path.Combine(Kubernetes, "manifests");

    /// <summary>The keys of the CAs that are to follow, while they are replaced.</summary>
    public string CaRotation => Pki("ca-rotation");

    public string EtcdData => Path.Combine(Root, "var/lib/etcd");

    public string KubeletData => Path.Combine(Root, "var/lib/kubelet");

    /// <summary>Where the kubelet keeps certificates that it asked for itself.</summary>
    public string KubeletCertificates => Path.Combine(KubeletData, "pki");

    /// <summary>The kubelet's flags on a host that <c>init</c> or <c>join</c> made.</summary>
    public string KubeletFlags => Path.Combine(KubeletData, "kubeadm-flags.env");

    public string KubeletConfig => Path.Combine(KubeletData, "config.yaml");

    public string Logs => Path.Combine(Root, "var/log");

    /// <summary>What HAProxy runs with, where it is the load balancer.</summary>
    public string HAProxyConfig => Path.Combine(Root, "etc/haproxy/haproxy.cfg");

    /// <summary>The id of HAProxy's first process, which starts the others.</summary>
    public string HAProxyPid => Path.Combine(Root, "run/haproxy.pid");

    /// <summary>What the load balancer remembers.</summary>
    public string LoadBalancerState => Path.Combine(Root, "var/lib/ballast/load-balancer.json");

    /// <summary>Where the backup-controller works on a snapshot.</summary>
    public string BackupScratch => Path.Combine(Root, "var/lib/ballast/backup");

    /// <summary>Where a restore of this host's etcd notes down how far it is, and works. No cluster's name begins like that.</summary>
    public string RestoreFolder => Path.Combine(Root, "var/lib/ballast/.restore");

    /// <summary>What a further command must be given to mean this host: nothing, or an option with a space before it.</summary>
    public string Again => Root == "/" ? "" : $" --root-dir {Root}";

    /// <summary>The scripts that keep this host's daemons running.</summary>
    public string Supervisor(string daemon) => Path.Combine(Root, "usr/local/lib/ballast", daemon + ".sh");

    /// <summary>A daemon's own log: <c>/var/log/kubelet.log</c>.</summary>
    public string DaemonLog(string daemon) => Path.Combine(Logs, daemon + ".log");

    /// <param name="name">Below <c>/etc/kubernetes/pki</c>: <c>etcd/ca.crt</c>.</param>
    public string Pki(string name) => Path.Combine(Kubernetes, "pki", name).TrimEnd('/');

    /// <param name="name"><c>admin.conf</c>.</param>
    public string Kubeconfig(string name) => Path.Combine(Kubernetes, name);

    public string Manifest(string component) => Path.Combine(Manifests, component + ".yaml");
}
