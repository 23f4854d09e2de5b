using System.Diagnostics;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>Single components die or hang, and the cluster goes on.</summary>
[Collection(OneCluster.Name)]
public sealed class ComponentFailureTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Fact]
    public async Task A_killed_scheduler_is_replaced_and_the_next_pod_is_bound_within_3_s()
    {
        var leader = await Cluster.LeaderHostAsync("kube-scheduler");
        (await Cluster.BallastAsync("component", "kill", $"kube-scheduler@{leader}")).MustSucceed();
        var clock = Stopwatch.StartNew();
        await Cluster.KubectlAsync("run", "after-kill", "--image=nginx");
        await TestCluster.EventuallyAsync(async () => (await Cluster.KubectlAsync("get", "pod", "after-kill", "-o", "jsonpath={.spec.nodeName}")).Length > 0,
            TimeSpan.FromSeconds(30), "the pod is bound");
        var took = clock.Elapsed;
        await Cluster.KubectlAsync("delete", "pod", "after-kill");
        Assert.True(took < TimeSpan.FromSeconds(3), $"bound after {took.TotalSeconds:0.0} s");
    }

    [Fact]
    public async Task A_killed_API_server_is_back_by_itself()
    {
        (await Cluster.BallastAsync("component", "kill", "kube-apiserver@control-plane-2")).MustSucceed();
        Assert.Equal(5, (await Cluster.KubectlAsync("get", "nodes", "-o", "name")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        await AllWellAsync();
    }

    [Fact]
    public async Task A_hanging_API_server_is_left_aside_until_it_goes_on()
    {
        (await Cluster.BallastAsync("component", "pause", "kube-apiserver@control-plane-3")).MustSucceed();
        try
        {
            await TestCluster.EventuallyAsync(async () => (await Cluster.StatusAsync())["backends"]!.AsArray().Count(b => (string)b!["state"]! == "Ready") == 2,
                TimeSpan.FromSeconds(15), "the load balancer has taken it out");
            Assert.Contains("kube-apiserver@control-plane-3 is paused", (await Cluster.StatusAsync())["problems"]!.AsArray().Select(p => (string)p!));
            await Cluster.KubectlAsync("get", "nodes");
        }
        finally
        {
            (await Cluster.BallastAsync("component", "resume", "kube-apiserver@control-plane-3")).MustSucceed();
        }
        await AllWellAsync();
    }

    [Fact]
    public async Task A_killed_kubelet_is_back_and_takes_over_what_still_runs()
    {
        var before = await PodProcessesAsync();
        (await Cluster.BallastAsync("component", "kill", "kubelet@control-plane-1")).MustSucceed();
        await TestCluster.EventuallyAsync(async () => (await Cluster.StatusAsync())["hosts"]!.AsArray().Single(h => (string)h!["name"]! == "control-plane-1")!["components"]!.AsArray()
            .Any(c => (string)c!["name"]! == "kubelet"), TimeSpan.FromSeconds(15), "the kubelet runs again");
        await AllWellAsync();
        Assert.Equal(before, await PodProcessesAsync());
    }

    private async Task<string[]> PodProcessesAsync() =>
        [.. (await Cluster.StatusAsync())["hosts"]!.AsArray().Single(h => (string)h!["name"]! == "control-plane-1")!["components"]!.AsArray()
            .Where(c => (string)c!["name"]! != "kubelet").Select(c => $"{c!["name"]} {c["processId"]}")];

    private async Task AllWellAsync() => await TestCluster.EventuallyAsync(
        async () => (await Cluster.StatusAsync()) is var status && status["problems"]!.AsArray().Count == 0
            && status["backends"]!.AsArray().Count(b => (string)b!["state"]! == "Ready") == 3,
        TimeSpan.FromSeconds(60), "everything is well again");
}
