using Ballast.ControllerManager.Nodes;
using Ballast.ControllerManager.TaintEviction;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.ControllerManager.Tests.Nodes;

public sealed class NodeLifecycleTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Cluster _cluster;
    private readonly HashSet<string> _alive = [];

    public NodeLifecycleTests() => _cluster = new(_time);

    [Fact]
    public async Task A_node_that_falls_silent_becomes_unknown_and_its_pods_leave_after_what_they_tolerate()
    {
        await AddNodeAsync("node-1");
        await AddNodeAsync("node-2");
        await AddPodAsync("patient", "node-1", tolerationSeconds: 60);
        await AddPodAsync("hasty", "node-1", tolerationSeconds: 0);
        await AddPodAsync("steadfast", "node-1", tolerationSeconds: null);
        await AddPodAsync("elsewhere", "node-2", tolerationSeconds: 0);
        await _cluster.RunAsync(c => new NodeLifecycleController(c), c => new TaintEvictionController(c));
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.True((await NodeAsync("node-1")).IsReady);
        _alive.Remove("node-1");
        await PassAsync(TimeSpan.FromSeconds(40));
        Assert.True((await NodeAsync("node-1")).IsReady);
        await PassAsync(TimeSpan.FromSeconds(20));
        var node = await NodeAsync("node-1");
        Assert.Equal(("Unknown", "NodeStatusUnknown"), (node.Condition("Ready")!.Status, node.Condition("Ready")!.Reason));
        Assert.Equal(["NoExecute", "NoSchedule"], node.Spec.Taints.Where(t => t.Key == Taints.Unreachable).Select(t => t.Effect).Order());
        await _cluster.UntilAsync(async () => await IsLeavingAsync("hasty"), "hasty to leave");
        Assert.False(await IsLeavingAsync("patient"));
        Assert.Equal("False", (await _cluster.GetAsync<V1Pod>("patient")).Status.Conditions.Single(c => c.Type == "Ready").Status);
        await PassAsync(TimeSpan.FromSeconds(65));
        await _cluster.UntilAsync(async () => await IsLeavingAsync("patient"), "patient to leave");
        Assert.False(await IsLeavingAsync("steadfast"));
        Assert.False(await IsLeavingAsync("elsewhere"));
    }

    [Fact]
    public async Task A_node_that_comes_back_in_time_keeps_its_pods()
    {
        await AddNodeAsync("node-1");
        await AddNodeAsync("node-2");
        await AddPodAsync("patient", "node-1", tolerationSeconds: 60);
        await _cluster.RunAsync(c => new NodeLifecycleController(c), c => new TaintEvictionController(c));
        _alive.Remove("node-1");
        await PassAsync(TimeSpan.FromSeconds(70));
        Assert.False((await NodeAsync("node-1")).IsReady);
        _alive.Add("node-1");
        await PassAsync(TimeSpan.FromSeconds(10));
        Assert.Empty((await NodeAsync("node-1")).Spec.Taints ?? []);
        await PassAsync(TimeSpan.FromSeconds(120));
        Assert.False(await IsLeavingAsync("patient"));
    }

    [Fact]
    public async Task When_no_node_is_heard_of_nothing_is_evicted()
    {
        await AddNodeAsync("node-1");
        await AddNodeAsync("node-2");
        await AddPodAsync("hasty", "node-1", tolerationSeconds: 0);
        await _cluster.RunAsync(c => new NodeLifecycleController(c), c => new TaintEvictionController(c));
        await PassAsync(TimeSpan.FromSeconds(10));
        _alive.Clear();
        await PassAsync(TimeSpan.FromSeconds(200));
        Assert.Equal("Unknown", (await NodeAsync("node-1")).Condition("Ready")!.Status);
        Assert.DoesNotContain((await NodeAsync("node-1")).Spec.Taints, t => t.Effect == "NoExecute");
        Assert.False(await IsLeavingAsync("hasty"));
    }

    [Fact]
    public async Task A_node_that_is_cordoned_or_uncordoned_is_answered_before_the_clock_moves()
    {
        await AddNodeAsync("node-1");
        await _cluster.RunAsync(c => new NodeLifecycleController(c));
        await CordonAsync(true);
        await _cluster.UntilAsync(async () => (await NodeAsync("node-1")).Spec.Taints is [{ Key: Taints.Unschedulable, Effect: "NoSchedule" }], "the taint of a cordoned node");
        await CordonAsync(false);
        await _cluster.UntilAsync(async () => (await NodeAsync("node-1")).Spec.Taints is null or [], "the taint to go");

        Task CordonAsync(bool unschedulable) => _cluster.Client.Resources<V1Node>().MergePatchAsync(null, "node-1", new { spec = new { unschedulable } }, Cluster.Cancel);
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    /// <summary>Lets time pass a second at a time, with the kubelets that live renewing their leases.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        for (var second = 0; second < time.TotalSeconds; second++)
        {
            foreach (var node in _alive.Where(_ => second % 5 == 0))
                await BeatAsync(node);
            await Task.Delay(3, Cluster.Cancel); // lets watches and workers catch up; what the test waits for is fake time
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        await Task.Delay(50, Cluster.Cancel);
    }

    private async Task BeatAsync(string node)
    {
        await _cluster.Client.Resources<V1Lease>().MergePatchAsync("kube-node-lease", node, new { spec = new { renewTime = _time.GetUtcNow().UtcDateTime } }, Cluster.Cancel);
        var ready = new[] { new { type = "Ready", status = "True", reason = "KubeletReady" } };
        if (!(await NodeAsync(node)).IsReady)
            await _cluster.Client.Resources<V1Node>().MergePatchAsync(null, node, new { status = new { conditions = ready } }, Cluster.Cancel, "status");
    }

    private async Task AddNodeAsync(string name)
    {
        await _cluster.Client.Resources<V1Node>().CreateAsync(new() { Metadata = new() { Name = name }, Spec = new(), Status = new() { Conditions = [new() { Type = "Ready", Status = "True" }] } }, Cluster.Cancel);
        await _cluster.Client.Resources<V1Lease>().CreateAsync(new() { Metadata = new() { Name = name, NamespaceProperty = "kube-node-lease" }, Spec = new() { HolderIdentity = name } }, Cluster.Cancel);
        _alive.Add(name);
    }

    private async Task AddPodAsync(string name, string node, int? tolerationSeconds)
    {
        var pod = Make.Pod(name, name);
        pod.Spec.NodeName = node;
        pod.Spec.Tolerations = [new() { OperatorProperty = "Exists", Effect = "NoExecute", TolerationSeconds = tolerationSeconds }];
        pod.Status = new() { Phase = "Running", Conditions = [new() { Type = "Ready", Status = "True" }] };
        await _cluster.Client.Resources<V1Pod>().CreateAsync(pod, Cluster.Cancel);
    }

    private Task<V1Node> NodeAsync(string name) => _cluster.GetAsync<V1Node>(name, null);

    private async Task<bool> IsLeavingAsync(string pod) => (await _cluster.GetAsync<V1Pod>(pod)).Metadata.DeletionTimestamp is not null;
}
