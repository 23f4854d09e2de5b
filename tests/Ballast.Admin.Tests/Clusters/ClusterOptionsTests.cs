using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Clusters;

public sealed class ClusterOptionsTests
{
    [Fact]
    public void The_defaults_are_right() => Assert.Empty(new ClusterOptions().Check());

    [Fact]
    public void One_control_plane_warns() =>
        Assert.Contains("not highly available", Assert.Single(new ClusterOptions { ControlPlanes = 1 }.Check()), StringComparison.Ordinal);

    [Fact]
    public void An_even_quorum_is_refused_with_the_arithmetic()
    {
        var error = Assert.Throws<ClusterException>(() => new ClusterOptions { ControlPlanes = 4 }.Check());
        Assert.Equal(2, error.ExitCode);
        Assert.StartsWith("4 etcd members need 3 for a quorum and survive the loss of 1, as 3 would", error.Message, StringComparison.Ordinal);
        Assert.Empty(new ClusterOptions { ControlPlanes = 4, AllowEvenEtcd = true }.Check());
    }

    [Fact]
    public void External_etcd_leaves_the_control_planes_free() =>
        Assert.Empty(new ClusterOptions { ControlPlanes = 2, Topology = Topology.External }.Check());

    [Theory]
    [InlineData("", "the name \"\"")]
    [InlineData("Up", "the name \"Up\"")]
    [InlineData("../x", "the name \"../x\"")]
    [InlineData("-a", "the name \"-a\"")]
    public void A_name_that_cannot_be_a_folder_or_label_is_refused(string name, string named) =>
        Assert.StartsWith(named, Assert.Throws<ClusterException>(() => new ClusterOptions { Name = name }.Check()).Message, StringComparison.Ordinal);

    [Fact]
    public void Numbers_out_of_range_name_the_flag()
    {
        Assert.StartsWith("--workers -1", Assert.Throws<ClusterException>(() => new ClusterOptions { Workers = -1 }.Check()).Message, StringComparison.Ordinal);
        Assert.StartsWith("--control-planes 0", Assert.Throws<ClusterException>(() => new ClusterOptions { ControlPlanes = 0 }.Check()).Message, StringComparison.Ordinal);
        Assert.StartsWith("--zones 0", Assert.Throws<ClusterException>(() => new ClusterOptions { Zones = 0 }.Check()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hosts_get_names_addresses_and_zones_of_their_own()
    {
        var spec = ClusterSpec.Create(new ClusterOptions { Topology = Topology.External, Workers = 2, Zones = 2 }, 42);
        Assert.Equal(
            [
                "load-balancer 127.0.42.1 ", "etcd-1 127.0.42.51 zone-1", "etcd-2 127.0.42.52 zone-2", "etcd-3 127.0.42.53 zone-1",
                "control-plane-1 127.0.42.11 zone-1", "control-plane-2 127.0.42.12 zone-2", "control-plane-3 127.0.42.13 zone-1",
                "worker-1 127.0.42.101 zone-1", "worker-2 127.0.42.102 zone-2",
            ],
            spec.Hosts.Select(h => $"{h.Name} {h.Address} {h.Zone}"));
        Assert.Equal(["https://127.0.42.51:2379", "https://127.0.42.52:2379", "https://127.0.42.53:2379"], spec.EtcdUrls);
        Assert.Equal("https://127.0.42.1:6443", spec.Endpoint);
    }
}
