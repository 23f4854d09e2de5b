using System.Net;
using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.LoadBalancers;
using Ballast.Admin.Status;

namespace Ballast.Admin.Tests.LoadBalancers;

public sealed class HostBalancerTests
{
    private static readonly ClusterSpec Spec = ClusterSpec.Create(new ClusterOptions { ControlPlanes = 3, Workers = 1, LoadBalancer = LoadBalancerKind.Haproxy }, 40);

    [Fact]
    public void A_host_reaches_the_API_by_its_own_address()
    {
        var host = new Host("worker-1", IPAddress.Parse("192.0.2.101"), new HostPaths("/"));
        Assert.Equal("https://192.0.2.101:6444", new HostBalancer(host).Server);
        var pod = new HostBalancer(host).Pod(["api.example.com:6443"]);
        Assert.Equal(
        [
            "load-balancer", "--bind-address=192.0.2.101", "--secure-port=6444", "--backends=api.example.com:6443", "--health-check-interval=2s", "--kubeconfig=/etc/kubernetes/kubelet.conf",
            "--state-file=/var/lib/ballast/load-balancer.json", "--status-bind-address=192.0.2.101:8404",
        ], pod.Command);
        Assert.Contains("terminationGracePeriodSeconds: 1\n", pod.Render(), StringComparison.Ordinal);
        Assert.Contains("tier: node\n", pod.Render(), StringComparison.Ordinal);
    }

    [Fact]
    public void HAProxy_says_of_each_server_whether_it_is_ready_or_only_there()
    {
        const string csv =
            """
            # pxname,svname,qcur,scur,status,
            kube-apiserver,FRONTEND,,3,OPEN,
            kube-apiservers,control-plane-1,0,2,UP,
            kube-apiservers,control-plane-2,0,0,DOWN,
            kube-apiservers,control-plane-3,0,0,DOWN 1/2,
            kube-apiservers,BACKEND,0,2,UP,
            kube-apiservers-alive,control-plane-1,0,0,UP,
            kube-apiservers-alive,control-plane-2,0,1,UP 1/2,
            kube-apiservers-alive,control-plane-3,0,0,DOWN,

            """;
        Assert.Equal(
            [new("127.0.40.11:6443", "Ready", 2), new("127.0.40.12:6443", "NotReady", 1), new("127.0.40.13:6443", "Down", 0)],
            BackendReader.HAProxyServers(csv, Spec.ControlPlaneHosts));
        Assert.All(BackendReader.HAProxyServers("", Spec.ControlPlaneHosts), b => Assert.Equal("Down", b.State));
    }

    [Fact]
    public void HAProxy_in_front_is_configured_for_the_hosts_there_are()
    {
        using var folder = new TemporaryFolder();
        var paths = new HostPaths(folder.Path);
        new HAProxyFront(Spec, Spec.Front!, paths).Configure();
        var text = File.ReadAllText(paths.HAProxyConfig);
        Assert.Contains("bind 127.0.40.1:6443\n", text, StringComparison.Ordinal);
        Assert.Contains("hard-stop-after 15s\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("user haproxy", text, StringComparison.Ordinal);
        var written = File.GetLastWriteTimeUtc(paths.HAProxyConfig);
        new HAProxyFront(Spec, Spec.Front!, paths).Configure();
        Assert.Equal(written, File.GetLastWriteTimeUtc(paths.HAProxyConfig));
        new HAProxyFront(Spec.Without(Spec.ControlPlaneHosts.Last()), Spec.Front!, paths).Configure();
        Assert.DoesNotContain("control-plane-3", File.ReadAllText(paths.HAProxyConfig), StringComparison.Ordinal);
    }

    [Fact]
    public void An_external_endpoint_is_in_the_configuration_and_no_host_stands_for_it()
    {
        var spec = ClusterSpec.Create(new ClusterOptions { LoadBalancer = LoadBalancerKind.External, ControlPlaneEndpoint = "api.example.com:6443" }, 40);
        Assert.Null(spec.Front);
        Assert.Equal("https://api.example.com:6443", spec.Endpoint);
        Assert.Equal(("api.example.com:6443", "api.example.com"), (spec.Configuration.ControlPlaneEndpoint, spec.Configuration.EndpointHost));
        Assert.DoesNotContain(spec.Hosts, h => h.Role == HostRole.LoadBalancer);
    }

    [Fact]
    public void An_endpoint_belongs_to_an_external_load_balancer_and_to_no_other()
    {
        Assert.Contains("needs --control-plane-endpoint", Assert.Throws<ClusterException>(new ClusterOptions { LoadBalancer = LoadBalancerKind.External }.CheckEndpoint).Message, StringComparison.Ordinal);
        Assert.Contains("is for --load-balancer external", Assert.Throws<ClusterException>(new ClusterOptions { ControlPlaneEndpoint = "api:6443" }.CheckEndpoint).Message, StringComparison.Ordinal);
    }
}
