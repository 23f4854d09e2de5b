using Ballast.ControllerManager.Deployments;
using Ballast.ControllerManager.Disruption;
using Ballast.ControllerManager.ReplicaSets;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.Disruption;

public sealed class DisruptionTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    [Theory]
    [InlineData("1", null, 4, 3, 1)]
    [InlineData("50%", null, 4, 2, 2)]
    [InlineData(null, "3", 4, 3, 1)]
    [InlineData(null, "30%", 4, 2, 2)] // 30 % of four is 1.2: two must stay
    [InlineData(null, "100%", 4, 4, 0)]
    public async Task Counts_what_may_be_evicted(string? maxUnavailable, string? minAvailable, int expected, int desired, int allowed)
    {
        await StartAsync(maxUnavailable, minAvailable, replicas: 4);
        await StatusAsync(s => s.CurrentHealthy == 4 && s.ExpectedPods == expected && s.DesiredHealthy == desired && s.DisruptionsAllowed == allowed);
    }

    [Fact]
    public async Task Pods_that_are_not_ready_are_counted_against_the_budget()
    {
        string? stuck = null;
        _cluster.BecomesReady = p => p.Metadata.Name != (stuck ??= p.Metadata.Name);
        await StartAsync("1", null, replicas: 3);
        await StatusAsync(s => s is { CurrentHealthy: 2, DesiredHealthy: 2, DisruptionsAllowed: 0 } && s.Conditions.Single().Reason == "InsufficientPods");
    }

    [Fact]
    public async Task Pods_without_a_controller_cannot_be_counted_and_none_may_go()
    {
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new DisruptionController(c));
        await _cluster.Client.Resources<V1Pod>().CreateAsync(Make.Pod("bare", "web"), Cluster.Cancel);
        await BudgetAsync("1", null);
        await StatusAsync(s => s.DisruptionsAllowed == 0 && s.Conditions.Single().Reason == "SyncFailed");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task StartAsync(string? maxUnavailable, string? minAvailable, int replicas)
    {
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new DeploymentController(c), c => new ReplicaSetController(c), c => new DisruptionController(c));
        await _cluster.Client.Resources<V1Deployment>().CreateAsync(Make.Deployment("web", replicas), Cluster.Cancel);
        await BudgetAsync(maxUnavailable, minAvailable);
    }

    private Task BudgetAsync(string? maxUnavailable, string? minAvailable) => _cluster.Client.Resources<V1PodDisruptionBudget>().CreateAsync(new()
    {
        Metadata = new() { Name = "budget", NamespaceProperty = "default" },
        Spec = new() { Selector = new() { MatchLabels = Make.Labels("web") }, MaxUnavailable = maxUnavailable!, MinAvailable = minAvailable! },
    }, Cluster.Cancel);

    private Task StatusAsync(Func<V1PodDisruptionBudgetStatus, bool> holds) => _cluster.UntilAsync(
        async () => (await _cluster.GetAsync<V1PodDisruptionBudget>("budget")).Status is { Conditions.Count: > 0 } status && holds(status), "the budget's status");
}
