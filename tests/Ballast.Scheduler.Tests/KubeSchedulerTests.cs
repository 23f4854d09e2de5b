using Ballast.Client;
using Ballast.Client.Events;
using Ballast.Scheduler.Configuration;
using Ballast.Testing;
using Ballast.Testing.Api;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.Scheduler.Tests;

/// <summary>The whole scheduler against an API in memory.</summary>
public sealed class KubeSchedulerTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ApiClient _client;
    private readonly EventRecorder _events;
    private readonly KubeScheduler _scheduler;
    private Task _leading = Task.CompletedTask;

    public KubeSchedulerTests()
    {
        _client = new InMemoryApiServer().CreateClient();
        _events = new(_client, "default-scheduler", "", TimeProvider.System, NullLogger.Instance);
        _scheduler = new(new SchedulerConfiguration(), _client, _events, new Random(1), TimeProvider.System, NullLoggerFactory.Instance);
    }

    [Fact]
    public async Task Binds_a_pod_and_says_so()
    {
        await CreateAsync(Make.Node("a"));
        Start();
        await CreateAsync(Make.Pod("p"));
        await Eventually.TrueAsync(async () => (await PodAsync("p"))!.Spec.NodeName == "a");
        await EventAsync("Scheduled", "Successfully assigned default/p to a");
    }

    [Fact]
    public async Task Says_why_no_node_takes_a_pod_in_upstreams_words_and_binds_it_once_one_does()
    {
        for (var i = 1; i <= 3; i++) await CreateAsync(Make.Node($"cp-{i}").Tainted("node-role.kubernetes.io/control-plane"));
        for (var i = 1; i <= 2; i++) await CreateAsync(Make.Node($"worker-{i}", cpu: "1"));
        await CreateAsync(Make.Pod("x", "800m", node: "worker-1"));
        await CreateAsync(Make.Pod("y", "800m", node: "worker-2"));
        Start();
        await CreateAsync(Make.Pod("p", "500m"));
        const string Why = "0/5 nodes are available: 2 Insufficient cpu, 3 node(s) had untolerated taint {node-role.kubernetes.io/control-plane: }. "
            + "preemption: 0/5 nodes are available: 2 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling.";
        await EventAsync("FailedScheduling", Why);
        await Eventually.TrueAsync(async () => (await PodAsync("p"))!.Status.Conditions?.SingleOrDefault() is
            { Type: "PodScheduled", Status: "False", Reason: "Unschedulable", Message: Why }, "the condition");

        await _client.Resources<V1Pod>().DeleteAsync("default", "x", new() { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => (await PodAsync("p"))!.Spec.NodeName == "worker-1", "bound in the room that became free");
    }

    [Fact]
    public async Task Without_nodes_it_says_that()
    {
        Start();
        await CreateAsync(Make.Pod("p"));
        await EventAsync("FailedScheduling", "no nodes available to schedule pods");
    }

    [Fact]
    public async Task Makes_room_for_a_more_important_pod_where_it_hurts_least()
    {
        await CreateAsync(Make.Node("a", cpu: "1"));
        await CreateAsync(Make.Node("b", cpu: "1"));
        await CreateAsync(Make.Pod("on-a", "800m", priority: 5, node: "a"));
        await CreateAsync(Make.Pod("on-b", "800m", priority: 1, node: "b"));
        Start();
        await CreateAsync(Make.Pod("urgent", "800m", priority: 100));
        await Eventually.TrueAsync(async () => (await PodAsync("urgent"))!.Status.NominatedNodeName == "b", "urgent is nominated");
        await ConfirmPreemptionAsync("on-b");
        await Eventually.TrueAsync(async () => (await PodAsync("urgent"))!.Spec.NodeName == "b", "urgent is bound");
        Assert.Null((await PodAsync("on-a"))!.Metadata.DeletionTimestamp);
        var urgent = await PodAsync("urgent");
        await EventAsync("Preempted", $"Preempted by pod {urgent!.Metadata.Uid} on node b");
    }

    [Fact]
    public async Task Spares_pods_that_a_disruption_budget_protects()
    {
        await CreateAsync(Make.Node("a", cpu: "1"));
        await CreateAsync(Make.Node("b", cpu: "1"));
        await CreateAsync(Make.Pod("protected", "800m", priority: 1, node: "a", labels: "app=db"));
        await CreateAsync(Make.Pod("other", "800m", priority: 5, node: "b"));
        _ = await _client.Resources<V1PodDisruptionBudget>().CreateAsync(new()
        {
            Metadata = new() { Name = "db", NamespaceProperty = "default" },
            Spec = new() { Selector = new() { MatchLabels = new Dictionary<string, string> { ["app"] = "db" } } },
            Status = new() { DisruptionsAllowed = 0 },
        }, TestContext.Current.CancellationToken);
        Start();
        await CreateAsync(Make.Pod("urgent", "800m", priority: 100));
        await ConfirmPreemptionAsync("other");
        await Eventually.TrueAsync(async () => (await PodAsync("urgent"))!.Spec.NodeName == "b", "urgent is bound");
        Assert.Null((await PodAsync("protected"))!.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task A_pod_that_may_not_preempt_waits()
    {
        await CreateAsync(Make.Node("a", cpu: "1"));
        await CreateAsync(Make.Pod("there", "800m", priority: 1, node: "a"));
        Start();
        await CreateAsync(Make.Pod("polite", "800m", priority: 100, with: p => p.Spec.PreemptionPolicy = "Never"));
        await EventAsync("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.");
        Assert.Null((await PodAsync("there"))!.Metadata.DeletionTimestamp);
    }

    [Fact]
    public async Task Leaves_other_schedulers_pods_alone()
    {
        await CreateAsync(Make.Node("a"));
        Start();
        await CreateAsync(Make.Pod("theirs", with: p => p.Spec.SchedulerName = "other"));
        await CreateAsync(Make.Pod("ours"));
        await Eventually.TrueAsync(async () => (await PodAsync("ours"))!.Spec.NodeName == "a");
        Assert.Null((await PodAsync("theirs"))!.Spec.NodeName);
    }

    [Fact]
    public async Task Binds_hundreds_of_pods_evenly()
    {
        for (var i = 0; i < 20; i++) await CreateAsync(Make.Node($"n{i}"));
        Start();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => CreateAsync(Make.Pod($"p{i}", "100m", "64Mi"))));
        IList<V1Pod> pods = [];
        await Eventually.TrueAsync(async () =>
        {
            pods = (await _client.Resources<V1Pod>().ListAsync(ListScope.All, TestContext.Current.CancellationToken)).Items;
            return pods.All(p => p.Spec.NodeName is not null);
        }, "all are bound");
        Assert.All(pods.CountBy(p => p.Spec.NodeName), n => Assert.InRange(n.Value, 8, 12));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _leading;
        await _events.DisposeAsync();
        _scheduler.Dispose();
        _client.Dispose();
        _stop.Dispose();
    }

    private void Start()
    {
        _ = _scheduler.StartAsync(_stop.Token);
        _leading = _scheduler.LeadAsync(_stop.Token);
    }

    private Task CreateAsync(V1Node node) => _client.Resources<V1Node>().CreateAsync(node, TestContext.Current.CancellationToken);

    private Task CreateAsync(V1Pod pod)
    {
        pod.Metadata.Uid = null;
        return _client.Resources<V1Pod>().CreateAsync(pod, TestContext.Current.CancellationToken);
    }

    /// <summary>Plays the kubelet, which has the last word on a deletion.</summary>
    private async Task ConfirmPreemptionAsync(string name)
    {
        await Eventually.TrueAsync(async () => (await PodAsync(name))!.Metadata.DeletionTimestamp is not null, $"{name} is being deleted");
        var condition = (await PodAsync(name))!.Status.Conditions.Single(c => c.Type == "DisruptionTarget");
        Assert.Equal(("True", "PreemptionByScheduler", "default-scheduler: preempting to accommodate a higher priority pod"), (condition.Status, condition.Reason, condition.Message));
        await _client.Resources<V1Pod>().DeleteAsync("default", name, new() { GracePeriodSeconds = 0 }, TestContext.Current.CancellationToken);
    }

    private Task<V1Pod?> PodAsync(string name) => _client.Resources<V1Pod>().FindAsync("default", name, TestContext.Current.CancellationToken);

    private async Task EventAsync(string reason, string message)
    {
        var seen = new List<string>();
        await Eventually.TrueAsync(async () =>
        {
            var events = (await _client.Resources<Corev1Event>().ListAsync(ListScope.All, TestContext.Current.CancellationToken)).Items;
            seen = [.. events.Select(e => $"{e.Reason}: {e.Message}")];
            return seen.Contains($"{reason}: {message}");
        }, $"an event {reason}: {message}; there are {string.Join("; ", seen)}");
    }
}
