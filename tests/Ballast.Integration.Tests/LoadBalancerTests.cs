using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>What leads to the API servers: each host's own load balancer, and the one in front, which can be HAProxy or somebody else's.</summary>
public sealed class LoadBalancerTests
{
    [Fact]
    public async Task Behind_HAProxy_hosts_do_not_need_the_front_and_it_can_be_changed_for_the_builtin_one()
    {
        await using var cluster = await TestCluster.UpAsync("--load-balancer", "haproxy", "--control-planes", "1", "--workers", "1");
        var status = await cluster.StatusAsync();
        Assert.Equal("haproxy", (string)status["loadBalancer"]!);
        Assert.Equal("Ready", (string)status["backends"]!.AsArray().Single()!["state"]!);
        Assert.Empty(status["problems"]!.AsArray());
        await cluster.KubectlAsync("create", "deployment", "app", "--image=app");

        // Without the front nobody outside gets in; nodes and controllers go on.
        (await cluster.BallastAsync("node", "kill", "load-balancer")).MustSucceed();
        Assert.NotEqual(0, (await cluster.TryKubectlAsync("get", "nodes", "--request-timeout=2s")).Code);
        var inside = $"--kubeconfig={cluster.HostFolder("control-plane-1")}/etc/kubernetes/super-admin.conf";
        await cluster.KubectlAsync(inside, "scale", "deployment", "app", "--replicas=3");
        await cluster.KubectlAsync(inside, "wait", "--for=jsonpath={.status.readyReplicas}=3", "deployment/app", "--timeout=20s");

        // A host's own comes back by its kubelet, and knows the API servers without being told.
        (await cluster.BallastAsync("component", "kill", "load-balancer@worker-1")).MustSucceed();
        await cluster.KubectlAsync(inside, "scale", "deployment", "app", "--replicas=4");
        await cluster.KubectlAsync(inside, "wait", "--for=jsonpath={.status.readyReplicas}=4", "deployment/app", "--timeout=20s");

        // As the runbook mends it, and has another kind take its place.
        Assert.Contains("load-balancer is stopped", (await cluster.BallastAsync("status")).Output, StringComparison.Ordinal);
        Assert.Contains("load-balancer-worker-1", await cluster.KubectlAsync(inside, "get", "pods", "-n", "kube-system", "-l", "component=load-balancer"), StringComparison.Ordinal);
        (await cluster.BallastAsync("logs", "load-balancer@worker-1", "--tail", "20")).MustSucceed();
        (await cluster.BallastAsync("node", "start", "load-balancer")).MustSucceed();
        await TestCluster.EventuallyAsync(async () => (await cluster.TryKubectlAsync("get", "leases", "-n", "default")).Code == 0, TimeSpan.FromSeconds(10), "the front leads to the API again");
        await cluster.UpAgainAsync("--load-balancer", "builtin");
        status = await cluster.StatusAsync();
        Assert.Equal("builtin", (string)status["loadBalancer"]!);
        Assert.Equal("Ready", (string)status["backends"]!.AsArray().Single()!["state"]!);
        await cluster.KubectlAsync("get", "nodes");
        var refused = await cluster.BallastAsync("up", "--load-balancer", "external", "--control-plane-endpoint", "192.0.2.10:6443");
        Assert.Equal(2, refused.Code);
        Assert.Contains("was made with --load-balancer builtin, not external", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task With_an_external_load_balancer_the_cluster_is_ready_before_that_leads_to_it()
    {
        var refused = await Shell.RunAsync(TestCluster.Program, ["up", "--load-balancer", "external", "--name", "none", "--data-dir", "/nonexistent/ballast"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("needs --control-plane-endpoint HOST:PORT", refused.Error, StringComparison.Ordinal);

        // Nobody listens at the endpoint.
        await using var cluster = await TestCluster.UpAsync("--load-balancer", "external", "--control-plane-endpoint", "127.0.0.1:9", "--control-planes", "1", "--workers", "0");
        var status = await cluster.StatusAsync();
        Assert.Equal(("external", "https://127.0.0.1:9"), ((string)status["loadBalancer"]!, (string)status["endpoint"]!));
        Assert.Contains("does not lead to an API server", (string)status["problems"]!.AsArray().Single()!, StringComparison.Ordinal);
        var config = (await cluster.BallastAsync("lb", "config", "haproxy")).MustSucceed().Output;
        Assert.Matches(@"server control-plane-1 127\.0\.\d+\.11:6443", config);
        // Whoever looks after the cluster does not need it, and need not name it again.
        await cluster.UpAgainAsync("--workers", "1");
        Assert.Equal(["control-plane-1", "worker-1"], (await cluster.KubectlAsync($"--kubeconfig={cluster.HostFolder("control-plane-1")}/etc/kubernetes/super-admin.conf", "get", "nodes", "-o",
            "jsonpath={.items[*].metadata.name}")).Split(' '));
    }
}
