using System.Diagnostics;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Whole hosts die, as when their power goes.</summary>
[Collection(OneCluster.Name)]
public sealed class HostFailureTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Fact]
    public async Task A_control_plane_dies_under_load_and_nothing_that_was_acknowledged_is_lost()
    {
        await using var load = SteadyLoad.Start(Cluster.Kubeconfig);
        await TestCluster.EventuallyAsync(() => Task.FromResult(load is { Acknowledged.Count: >= 50, Connections: >= 20 }), TimeSpan.FromSeconds(30), "the load runs");

        (await Cluster.BallastAsync("node", "kill", "control-plane-1")).MustSucceed();
        var killed = load.Now;
        foreach (var lease in new[] { "kube-controller-manager", "kube-scheduler" })
        {
            await TestCluster.EventuallyAsync(async () => await Cluster.LeaderHostAsync(lease) != "control-plane-1", TimeSpan.FromSeconds(17), $"{lease} leads elsewhere");
        }
        await TestCluster.EventuallyAsync(async () =>
                !(await Cluster.KubectlAsync("get", "endpoints", "kubernetes", "-o", "jsonpath={.subsets[0].addresses[*].ip}")).Split(' ').Any(a => a.EndsWith(".11", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(25), "the dead server has left the kubernetes Endpoints");
        var during = load.Acknowledged.Count;
        await TestCluster.EventuallyAsync(() => Task.FromResult(load.Acknowledged.Count > during + 50), TimeSpan.FromSeconds(20), "writes go on");
        await load.StopAsync();

        Assert.Empty(load.UnservedSince(killed));
        var stored = (await Cluster.KubectlAsync("get", "configmaps", "-o", "jsonpath={.items[*].metadata.name}")).Split(' ').ToHashSet();
        Assert.Empty(load.Acknowledged.Except(stored));

        (await Cluster.BallastAsync("node", "start", "control-plane-1")).MustSucceed();
        await WholeAgainAsync();
        Assert.Equal(3, (await Cluster.EtcdctlAsync("member", "list")).MustSucceed().Output.Split("started").Length - 1);
        await Cluster.KubectlAsync("delete", "configmaps", "--field-selector", "metadata.name!=kube-root-ca.crt", "--wait=false");
    }

    [Fact]
    public async Task The_schedulers_host_dies_and_another_binds_within_17_s()
    {
        var leader = await Cluster.LeaderHostAsync("kube-scheduler");
        (await Cluster.BallastAsync("node", "kill", leader)).MustSucceed();
        var clock = Stopwatch.StartNew();
        try
        {
            // etcd's leader may have died with the host: a write during its election can end without an answer, and is tried again.
            await TestCluster.EventuallyAsync(async () =>
                await Cluster.TryKubectlAsync("run", "after-host-kill", "--image=nginx") is var run && (run.Code == 0 || run.Error.Contains("AlreadyExists", StringComparison.Ordinal)),
                TimeSpan.FromSeconds(15), "the pod is created");
            await TestCluster.EventuallyAsync(async () => (await Cluster.KubectlAsync("get", "pod", "after-host-kill", "-o", "jsonpath={.spec.nodeName}")).Length > 0,
                TimeSpan.FromSeconds(40), "the pod is bound");
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(17.5), $"bound after {clock.Elapsed.TotalSeconds:0.0} s");
        }
        finally
        {
            (await Cluster.BallastAsync("node", "start", leader)).MustSucceed();
            await WholeAgainAsync();
        }
        await Cluster.KubectlAsync("delete", "pod", "after-host-kill");
    }

    [Fact]
    public async Task A_worker_dies_and_its_pods_are_Ready_on_the_other()
    {
        const string manifest = """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: evicted}
            spec:
              replicas: 6
              selector: {matchLabels: {app: evicted}}
              template:
                metadata: {labels: {app: evicted}}
                spec:
                  containers: [{name: web, image: nginx}]
                  tolerations:
                  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
                  - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 5}
            """;
        await Cluster.KubectlWithAsync(manifest, "apply", "-f", "-");
        await Cluster.KubectlAsync("rollout", "status", "deployment/evicted", "--timeout=60s");
        (await Cluster.BallastAsync("node", "kill", "worker-1")).MustSucceed();
        try
        {
            await TestCluster.EventuallyAsync(async () =>
                (await Cluster.KubectlAsync("get", "pods", "-l", "app=evicted", "-o", "jsonpath={range .items[?(@.spec.nodeName==\"worker-2\")]}{.status.conditions[?(@.type==\"Ready\")].status} {end}"))
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries).Count(s => s == "True") == 6,
                TimeSpan.FromSeconds(100), "six pods are Ready on worker-2");
            Assert.Contains("NotReady", await Cluster.KubectlAsync("get", "node", "worker-1"), StringComparison.Ordinal);
        }
        finally
        {
            (await Cluster.BallastAsync("node", "start", "worker-1")).MustSucceed();
            await WholeAgainAsync();
        }
        await Cluster.KubectlAsync("delete", "deployment", "evicted");
    }

    [Fact]
    public async Task Without_a_quorum_writes_are_refused_and_reads_from_memory_go_on()
    {
        await Cluster.KubectlAsync("create", "configmap", "before-loss", "--from-literal=a=1");
        foreach (var host in new[] { "control-plane-2", "control-plane-3" })
            (await Cluster.BallastAsync("node", "kill", host)).MustSucceed();
        try
        {
            var refused = await TestCluster.EventuallyAsync(async () =>
                await Cluster.TryKubectlAsync("create", "configmap", "during-loss", "--request-timeout=30s") is { Code: not 0 } failed && failed.Error.Contains("etcd", StringComparison.Ordinal) ? failed : null,
                TimeSpan.FromSeconds(60), "a write is refused with a clear error");
            Assert.StartsWith("error: failed to create configmap: ", refused.Error, StringComparison.Ordinal);
            var read = await Cluster.TryKubectlAsync("get", "--raw", "/api/v1/namespaces/default/configmaps/before-loss?resourceVersion=0");
            Assert.Equal(0, read.Code);
        }
        finally
        {
            foreach (var host in new[] { "control-plane-2", "control-plane-3" })
                (await Cluster.BallastAsync("node", "start", host)).MustSucceed();
            await WholeAgainAsync();
        }
        await Cluster.KubectlAsync("create", "configmap", "after-loss");
        await Cluster.KubectlAsync("delete", "configmap", "before-loss", "after-loss");
    }

    [Fact]
    public async Task A_member_whose_data_is_lost_is_replaced_by_one_command()
    {
        await Cluster.KubectlAsync("create", "configmap", "before-replacement", "--from-literal=a=1");
        var healthy = await Cluster.BallastAsync("etcd", "replace", "control-plane-3");
        Assert.Equal(1, healthy.Code);
        Assert.Contains("the etcd member of control-plane-3 is healthy: there is nothing to replace", healthy.Error, StringComparison.Ordinal);

        // The worst case is that the member leads: then the first change comes into the election.
        var host = (string)(await Cluster.StatusAsync())["etcd"]!.AsArray().Single(m => (bool)m!["leader"]!)!["name"]!;
        var other = host == "control-plane-1" ? "control-plane-2" : "control-plane-1";
        (await Cluster.BallastAsync("node", "kill", host)).MustSucceed();
        try
        {
            Directory.Delete(Path.Combine(Cluster.HostFolder(host), "var/lib/etcd"), recursive: true);
            var refused = await Cluster.BallastAsync("etcd", "member", "remove", other);
            Assert.Contains("2 of 3 members are healthy", refused.Error, StringComparison.Ordinal);
            (await Cluster.BallastAsync("etcd", "replace", host)).MustSucceed();
        }
        finally
        {
            await Cluster.BallastAsync("node", "start", host);
        }
        await WholeAgainAsync();
        Assert.Equal(3, (await Cluster.EtcdctlAsync("member", "list")).MustSucceed().Output.Split("started").Length - 1);
        (await Cluster.BallastAsync("etcd", "health")).MustSucceed();
        Assert.Equal("""{"a":"1"}""", await Cluster.KubectlAsync("get", "configmap", "before-replacement", "-o", "jsonpath={.data}"));
        await Cluster.KubectlAsync("delete", "configmap", "before-replacement");
    }

    private async Task WholeAgainAsync() => await TestCluster.EventuallyAsync(
        async () => (await Cluster.StatusAsync()) is var status && status["problems"]!.AsArray().Count == 0
            && status["backends"]!.AsArray().Count(b => (string)b!["state"]! == "Ready") == 3
            && status["hosts"]!.AsArray().All(h => (string)h!["node"]! is "Ready" or ""),
        TimeSpan.FromSeconds(150), "the cluster is whole again");
}
