using Ballast.Admin.Clusters;

namespace Ballast.Admin.Tests.Clusters;

public sealed class ClusterSpecScalingTests
{
    private static readonly ClusterSpec Three = ClusterSpec.Create(new ClusterOptions { Workers = 1 }, 42);

    [Fact]
    public void What_is_missing_joins_one_by_one_and_the_others_stay_as_they_are()
    {
        var growing = Three.Scaled(5, 2);
        Assert.Equal(["control-plane-4 127.0.42.14 zone-1", "control-plane-5 127.0.42.15 zone-2", "worker-2 127.0.42.102 zone-2"], growing.JoiningHosts.Select(h => $"{h.Name} {h.Address} {h.Zone}"));
        Assert.Equal(Three.Hosts, growing.Settled.Hosts);
        Assert.Equal(["control-plane-1", "control-plane-2", "control-plane-3"], growing.Settled.EtcdHosts.Select(h => h.Name));

        var one = growing.Joined(growing.JoiningHosts.First());
        Assert.Equal(["control-plane-5", "worker-2"], one.JoiningHosts.Select(h => h.Name));
        // Asked again with the same numbers, it goes on from there.
        Assert.Equal(["control-plane-5", "worker-2"], one.Scaled(5, 2).JoiningHosts.Select(h => h.Name));
        Assert.Equal(4, one.Settled.EtcdHosts.Count());
    }

    [Fact]
    public void The_last_ones_leave_first_and_also_one_that_never_came_in()
    {
        var shrinking = Three.Scaled(5, 2).Joined(new("control-plane-4", HostRole.ControlPlane, "127.0.42.14", "zone-1")).Scaled(3, 0);
        Assert.Equal(["worker-2", "worker-1", "control-plane-5", "control-plane-4"], shrinking.LeavingHosts.Select(h => h.Name));
        Assert.Empty(shrinking.JoiningHosts);
        var over = shrinking.LeavingHosts.ToList().Aggregate(shrinking, (spec, host) => spec.Without(host));
        Assert.Null(over.Joining);
        Assert.Equal(["load-balancer", "control-plane-1", "control-plane-2", "control-plane-3"], over.Hosts.Select(h => h.Name));
    }

    [Fact]
    public void Pods_keep_their_range_whatever_other_hosts_come_and_go()
    {
        var ranges = Three.Scaled(5, 3).Hosts.Select(ClusterSpec.PodRangeOf).ToList();
        Assert.Equal(ranges.Distinct(), ranges);
        var worker = Three.Hosts.Single(h => h.Name == "worker-1");
        Assert.Equal("10.244.101.0/24", ClusterSpec.PodRangeOf(worker));
    }
}
