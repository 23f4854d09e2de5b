using System.Net;
using Ballast.Admin.Hosts;
using Ballast.Admin.Manifests;
using k8s;
using k8s.Models;

namespace Ballast.Admin.Tests.Manifests;

public sealed class ControlPlaneManifestsTests
{
    private readonly ControlPlaneManifests _manifests = new(new HostPaths("/"), "control-plane-1", IPAddress.Parse("10.0.0.11"), "v0.1.0");

    [Fact]
    public void The_API_servers_pod_reads_as_kubeadms()
    {
        var pod = KubernetesYaml.Deserialize<V1Pod>(_manifests.KubeApiServer(["https://10.0.0.11:2379", "https://10.0.0.12:2379"], "10.96.0.0/12").Render());
        Assert.Equal("kube-apiserver", pod.Metadata.Name);
        Assert.Equal("kube-system", pod.Metadata.NamespaceProperty);
        Assert.Equal("10.0.0.11:6443", pod.Metadata.Annotations["kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint"]);
        Assert.Equal("control-plane", pod.Metadata.Labels["tier"]);
        Assert.True(pod.Spec.HostNetwork);
        Assert.Equal("system-node-critical", pod.Spec.PriorityClassName);
        var command = Assert.Single(pod.Spec.Containers).Command;
        Assert.Equal("kube-apiserver", command[0]);
        Assert.Contains("--etcd-servers=https://10.0.0.11:2379,https://10.0.0.12:2379", command);
        Assert.Contains("--client-ca-file=/etc/kubernetes/pki/ca.crt", command);
        Assert.Contains("--authorization-mode=Node,RBAC", command);
        Assert.Equal("/readyz", pod.Spec.Containers[0].ReadinessProbe.HttpGet.Path);
    }

    [Fact]
    public void Etcd_listens_on_its_host_alone_and_asks_everyone_for_a_certificate()
    {
        var pod = KubernetesYaml.Deserialize<V1Pod>(_manifests.Etcd([("control-plane-1", "https://10.0.0.11:2380"), ("control-plane-2", "https://10.0.0.12:2380")]).Render());
        var command = pod.Spec.Containers[0].Command;
        Assert.Contains("--listen-client-urls=https://10.0.0.11:2379", command);
        Assert.Contains("--client-cert-auth=true", command);
        Assert.Contains("--peer-client-cert-auth=true", command);
        Assert.Contains("--initial-cluster=control-plane-1=https://10.0.0.11:2380,control-plane-2=https://10.0.0.12:2380", command);
        Assert.Contains("--data-dir=/var/lib/etcd", command);
    }

    [Fact]
    public void Controller_manager_and_scheduler_elect_a_leader()
    {
        Assert.Contains("--leader-elect=true", _manifests.KubeControllerManager("ballast", "10.96.0.0/12", "10.244.0.0/16").Command);
        Assert.Contains("--leader-elect=true", _manifests.KubeScheduler().Command);
    }
}
