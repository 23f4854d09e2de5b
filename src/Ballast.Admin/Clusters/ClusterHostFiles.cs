using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Clusters;

/// <summary>
/// Writes all files of a cluster whose hosts are on this machine. The CAs' keys are at hand, so no host has to ask another for anything, and the etcd members
/// start together.
/// </summary>
public sealed class ClusterHostFiles(ClusterSpec spec, ClusterDirectory directory, TimeProvider time)
{
    private readonly HostPaths _first = directory.Paths(spec.ControlPlaneHosts.First());

    /// <summary>The CAs are on the first control plane; every other host takes from there.</summary>
    public void Ensure()
    {
        foreach (var host in spec.Hosts.OrderBy(h => h != spec.ControlPlaneHosts.First()))
            Ensure(host, new HostFiles(spec.Configuration, new(host.Name, host.IPAddress, directory.Paths(host)), time));
    }

    /// <summary>What a control plane needs before its etcd can be taken into the quorum: everything but its static pods.</summary>
    public HostFiles EnsureBeforeJoining(ClusterHost host)
    {
        var files = new HostFiles(spec.Configuration, new(host.Name, host.IPAddress, directory.Paths(host)), time);
        files.Pki.CopyShared(_first);
        files.ControlPlaneCertificates();
        files.ControlPlaneKubeconfigs();
        if (spec.Topology == Topology.Stacked)
            files.EtcdCertificates();
        Kubelet(files);
        return files;
    }

    /// <summary>A worker needs nothing of others.</summary>
    public void EnsureWorker(ClusterHost host) => Ensure(host, new HostFiles(spec.Configuration, new(host.Name, host.IPAddress, directory.Paths(host)), time));

    private void Ensure(ClusterHost host, HostFiles files)
    {
        switch (host.Role)
        {
            case HostRole.ControlPlane:
                ControlPlane(host, files);
                break;
            case HostRole.Etcd:
                files.Pki.CopyShared(_first, file => file.StartsWith("etcd/", StringComparison.Ordinal));
                files.EtcdCertificates();
                files.Etcd(Members);
                // No API server to register with: this kubelet runs its manifests and nothing else.
                files.KubeletConfigurationWithoutApiServer();
                break;
            case HostRole.Worker:
                files.Pki.CopyShared(_first, file => file == "ca.crt");
                Kubelet(files);
                break;
            case HostRole.LoadBalancer:
                files.Pki.CopyShared(_first, file => file == "ca.crt");
                files.Kubeconfig("load-balancer.conf", FrontCredentials.User, _first);
                break;
        }
    }

    private void ControlPlane(ClusterHost host, HostFiles files)
    {
        if (directory.Paths(host) == _first)
            files.Pki.EnsureShared();
        else
            files.Pki.CopyShared(_first);
        files.ControlPlaneCertificates();
        files.ControlPlaneKubeconfigs();
        if (spec.Topology == Topology.Stacked)
        {
            files.EtcdCertificates();
            files.Etcd(Members);
        }
        files.ControlPlane(spec.EtcdUrls);
        Kubelet(files);
    }

    private void Kubelet(HostFiles files)
    {
        files.KubeletKubeconfig(_first);
        files.KubeletConfiguration();
        files.LoadBalancer(spec.Settled.ApiServers);
    }

    private IReadOnlyList<(string, string)> Members => [.. spec.EtcdHosts.Select(h => (h.Name, $"https://{h.Address}:2380"))];
}
