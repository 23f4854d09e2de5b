using System.Net;
using Ballast.Admin.Clusters;
using Ballast.Admin.Configuration;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;

namespace Ballast.Admin.Tests.Configuration;

public sealed class ExternalEtcdTests : IDisposable
{
    private const string Head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncontrolPlaneEndpoint: api.example.com:6443\n";

    private const string External = Head +
        """
        etcd:
          external:
            endpoints:
            - https://10.0.0.51:2379
            - https://10.0.0.52:2379
            caFile: /etc/kubernetes/pki/etcd/ca.crt
            certFile: /etc/ssl/etcd/client.crt
            keyFile: /etc/ssl/etcd/client.key
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_is_read_and_comes_out_of_the_ConfigMap_as_it_went_in()
    {
        var read = ClusterConfiguration.Parse(External, "test");
        Assert.Equal(["https://10.0.0.51:2379", "https://10.0.0.52:2379"], read.ExternalEtcd!.Endpoints);
        Assert.Equal(read.Render(), ClusterConfiguration.Parse(read.Render(), "test").Render());
        Assert.Equal("/etc/ssl/etcd/client.key", ClusterConfiguration.Parse(read.Render(), "test").ExternalEtcd!.KeyFile);
    }

    [Theory]
    [InlineData("    keyFile: /etc/ssl/etcd/client.key", "", "etcd.external.keyFile is missing")]
    [InlineData("https://10.0.0.52:2379", "http://10.0.0.52:2379", "etcd.external.endpoints holds \"http://10.0.0.52:2379\"")]
    [InlineData("/etc/ssl/etcd/client.crt", "client.crt", "etcd.external.certFile is \"client.crt\", and should be a whole path")]
    [InlineData("etcd:\n", "etcd:\n  local:\n    dataDir: /var/lib/etcd\n", "etcd.external cannot go together with etcd.local")]
    public void What_cannot_be_is_refused_by_its_field(string text, string instead, string words) =>
        Assert.Contains(words, Assert.Throws<ClusterException>(() => ClusterConfiguration.Parse(External.Replace(text, instead, StringComparison.Ordinal), "test")).Message, StringComparison.Ordinal);

    [Fact]
    public void The_API_server_asks_it_with_its_files_and_the_control_planes_share_them()
    {
        var cluster = ClusterConfiguration.Parse(External, "test");
        var paths = new HostPaths(_folder.Path);
        var files = new HostFiles(cluster, new("cp1", IPAddress.Parse("10.0.0.11"), paths), TimeProvider.System);
        var apiServer = files.ControlPlanePods(cluster.ExternalEtcd!.Endpoints)[0];
        Assert.Contains("--etcd-servers=https://10.0.0.51:2379,https://10.0.0.52:2379", apiServer.Command);
        Assert.Contains($"--etcd-keyfile={_folder.Path}/etc/ssl/etcd/client.key", apiServer.Command);
        Assert.Contains(("external-etcd.key", $"{_folder.Path}/etc/ssl/etcd/client.key"), files.Shared);
        Assert.DoesNotContain(files.Shared, f => f.Key == "etcd-ca.key");
    }
}
