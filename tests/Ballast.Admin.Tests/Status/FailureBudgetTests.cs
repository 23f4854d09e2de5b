using Ballast.Admin.Status;

namespace Ballast.Admin.Tests.Status;

public sealed class FailureBudgetTests
{
    [Fact]
    public void Three_stacked_control_planes_may_lose_one()
    {
        var budget = FailureBudget.Of(Cluster(controlPlanes: 3));
        Assert.Equal((3, 3, 1), Part(budget, "etcd"));
        Assert.Equal((3, 3, 2), Part(budget, "kube-apiserver"));
        Assert.Equal(new HostLoss("control-plane-1", true,
            "etcd 2 of 3, quorum holds; API servers 2 of 3; the leader of kube-scheduler moves within 17 s"), Loss(budget, "control-plane-1"));
        Assert.Equal(new HostLoss("control-plane-2", true, "etcd 2 of 3, quorum holds; API servers 2 of 3"), Loss(budget, "control-plane-2"));
        Assert.False(Loss(budget, "load-balancer").Survives);
        Assert.Equal("its pods wait: no other worker is left", Loss(budget, "worker-1").Effect);
    }

    [Fact]
    public void With_one_lost_no_other_may_be()
    {
        var budget = FailureBudget.Of(Without(Cluster(controlPlanes: 3), "control-plane-3"));
        Assert.Equal((3, 2, 0), Part(budget, "etcd"));
        Assert.Equal((3, 2, 1), Part(budget, "kube-apiserver"));
        Assert.Equal(new HostLoss("control-plane-2", false, "etcd 1 of 3, quorum is lost (2 are needed): writes are refused; API servers 1 of 3"), Loss(budget, "control-plane-2"));
        Assert.Equal(new HostLoss("control-plane-3", true, "it is lost already"), Loss(budget, "control-plane-3"));
        Assert.True(Loss(budget, "worker-1").Survives);
    }

    [Fact]
    public void Without_a_quorum_nothing_may_fail_and_nothing_goes_on()
    {
        var budget = FailureBudget.Of(Without(Without(Cluster(controlPlanes: 3), "control-plane-3"), "control-plane-2"));
        Assert.Equal((3, 1, 0), Part(budget, "etcd"));
        Assert.Contains("no quorum", budget.Parts[0].Meaning, StringComparison.Ordinal);
        Assert.All(budget.Losses, l => Assert.False(l.Survives));
    }

    [Fact]
    public void One_control_plane_is_everything()
    {
        var loss = Loss(FailureBudget.Of(Cluster(controlPlanes: 1)), "control-plane-1");
        Assert.Equal(new HostLoss("control-plane-1", false,
            "etcd 0 of 1, quorum is lost (1 are needed): writes are refused; no API server is left; nobody is left to lead kube-scheduler"), loss);
    }

    [Fact]
    public void Etcd_on_hosts_of_its_own_is_counted_there()
    {
        var stacked = Cluster(controlPlanes: 2);
        var budget = FailureBudget.Of(stacked with
        {
            Topology = "external",
            Hosts = [.. stacked.Hosts, .. Enumerable.Range(1, 3).Select(i => new HostStatus($"etcd-{i}", "etcd", $"127.0.9.{50 + i}", "", "running", ""))],
            Etcd = [.. Enumerable.Range(1, 3).Select(i => new EtcdMemberStatus($"etcd-{i}", "", true, i == 1, 1, 1, ""))],
        });
        Assert.Equal((3, 3, 1), Part(budget, "etcd"));
        Assert.Equal(new HostLoss("etcd-2", true, "etcd 2 of 3, quorum holds"), Loss(budget, "etcd-2"));
        Assert.Equal(new HostLoss("control-plane-2", true, "API servers 1 of 2"), Loss(budget, "control-plane-2"));
    }

    [Fact]
    public void A_server_that_is_not_ready_does_not_count()
    {
        var cluster = Cluster(controlPlanes: 3);
        var budget = FailureBudget.Of(cluster with { Backends = [cluster.Backends[0], cluster.Backends[1] with { State = "NotReady" }, cluster.Backends[2] with { State = "Down" }] });
        Assert.Equal((3, 1, 0), Part(budget, "kube-apiserver"));
        Assert.False(Loss(budget, "control-plane-1").Survives);
        Assert.True(Loss(budget, "control-plane-2").Survives);
    }

    private static (int, int, int) Part(FailureBudget budget, string name)
    {
        var part = budget.Parts.Single(p => p.Name == name);
        return (part.Members, part.Healthy, part.MayFail);
    }

    private static HostLoss Loss(FailureBudget budget, string host) => budget.Losses.Single(l => l.Host == host);

    private static ClusterStatus Cluster(int controlPlanes) => new("test", "stacked", "https://127.0.9.1:6443", "")
    {
        Hosts =
        [
            new("load-balancer", "load-balancer", "127.0.9.1", "", "running", ""),
            .. Enumerable.Range(1, controlPlanes).Select(i => new HostStatus($"control-plane-{i}", "control-plane", $"127.0.9.{10 + i}", "", "running", "Ready")
            {
                Components = [.. new[] { "kube-apiserver", "kube-scheduler" }.Select(c => new ComponentStatus(c, 1, "running", 1))],
            }),
            new("worker-1", "worker", "127.0.9.101", "", "running", "Ready"),
        ],
        Leaders = [new("kube-scheduler", "control-plane-1_abc", null, 0)],
        Etcd = [.. Enumerable.Range(1, controlPlanes).Select(i => new EtcdMemberStatus($"control-plane-{i}", "", true, i == 1, 1, 1, ""))],
        Backends = [.. Enumerable.Range(1, controlPlanes).Select(i => new BackendStatus($"127.0.9.{10 + i}:6443", "Ready", 1))],
    };

    private static ClusterStatus Without(ClusterStatus status, string host) => status with
    {
        Hosts = [.. status.Hosts.Select(h => h.Name == host ? h with { State = "stopped", Components = [] } : h)],
        Etcd = [.. status.Etcd.Select(m => m.Name == host ? m with { Healthy = false } : m)],
        Backends = [.. status.Backends.Select(b => b.Address == status.Hosts.Single(h => h.Name == host).Address + ":6443" ? b with { State = "Down" } : b)],
    };
}
