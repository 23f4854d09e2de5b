using Ballast.ControllerManager.Deployments;
using Ballast.ControllerManager.ReplicaSets;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.Deployments;

public sealed class DeploymentTests : IAsyncDisposable
{
    private const string Revision = "deployment.kubernetes.io/revision";
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task A_new_deployment_gets_a_replica_set_and_becomes_available()
    {
        await StartAsync();
        await CreateAsync(Make.Deployment("web", 3));
        var done = await CompleteAsync("web", 3);
        var set = Assert.Single(await _cluster.ListAsync<V1ReplicaSet>());
        var hash = set.Metadata.Labels["pod-template-hash"];
        Assert.Equal($"web-{hash}", set.Metadata.Name);
        Assert.Equal(hash, set.Spec.Selector.MatchLabels["pod-template-hash"]);
        Assert.Equal(hash, set.Spec.Template.Metadata.Labels["pod-template-hash"]);
        Assert.Equal("1", set.Metadata.Annotations[Revision]);
        Assert.Equal("3", set.Metadata.Annotations["deployment.kubernetes.io/desired-replicas"]);
        Assert.Equal("4", set.Metadata.Annotations["deployment.kubernetes.io/max-replicas"]);
        Assert.Equal("1", done.Metadata.Annotations[Revision]);
        Assert.Equal(("True", "MinimumReplicasAvailable"), Condition(done, "Available"));
        Assert.Equal(("True", "NewReplicaSetAvailable"), Condition(done, "Progressing"));
        Assert.Contains($"Normal ScalingReplicaSet Scaled up replica set {set.Metadata.Name} from 0 to 3", _cluster.Events.All);
    }

    [Fact]
    public async Task A_rolling_update_replaces_all_pods_and_keeps_within_its_limits()
    {
        await StartAsync();
        await CreateAsync(Make.Deployment("web", 8, maxSurge: "2", maxUnavailable: "1"));
        await CompleteAsync("web", 8);
        var (most, fewestReady) = (0, int.MaxValue);
        using var watching = new CancellationTokenSource();
        var observe = Task.Run(async () =>
        {
            while (!watching.IsCancellationRequested)
            {
                most = Math.Max(most, (await SizesAsync()).Sum());
                var alive = (await _cluster.ListAsync<V1Pod>()).Where(p => p.Metadata.DeletionTimestamp is null);
                fewestReady = Math.Min(fewestReady, alive.Count(p => p.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true));
            }
        }, Cluster.Cancel);
        await SetImageAsync("web", "app:2");
        await CompleteAsync("web", 8, generation: 2);
        await watching.CancelAsync();
        await observe;
        Assert.All(await PodsAsync(), p => Assert.Equal("app:2", p.Spec.Containers[0].Image));
        Assert.InRange(most, 8, 10);
        Assert.InRange(fewestReady, 7, 8);
        var old = Assert.Single(await _cluster.ListAsync<V1ReplicaSet>(), s => s.Spec.Replicas == 0);
        Assert.Equal("1", old.Metadata.Annotations[Revision]);
    }

    [Fact]
    public async Task A_rollout_of_broken_pods_stops_and_leaves_the_old_ones_serving()
    {
        _cluster.BecomesReady = p => p.Spec.Containers[0].Image != "broken";
        await StartAsync();
        await CreateAsync(Make.Deployment("web", 4, maxSurge: "1", maxUnavailable: "1"));
        await CompleteAsync("web", 4);
        await SetImageAsync("web", "broken");
        await _cluster.UntilAsync(async () => (await SizesAsync()).SequenceEqual([2, 3]), "two broken and three old");
        var status = (await _cluster.GetAsync<V1Deployment>("web")).Status;
        Assert.True(status.AvailableReplicas >= 3);
    }

    [Fact]
    public async Task Going_back_uses_the_old_replica_set_under_a_new_revision()
    {
        await StartAsync();
        await CreateAsync(Make.Deployment("web", 2));
        await CompleteAsync("web", 2);
        var first = Assert.Single(await _cluster.ListAsync<V1ReplicaSet>()).Metadata.Name;
        await SetImageAsync("web", "app:2");
        await CompleteAsync("web", 2, generation: 2);
        await SetImageAsync("web", "app:1");
        var back = await CompleteAsync("web", 2, generation: 3);
        Assert.Equal("3", back.Metadata.Annotations[Revision]);
        var set = await _cluster.GetAsync<V1ReplicaSet>(first);
        Assert.Equal(2, set.Spec.Replicas);
        Assert.Equal("3", set.Metadata.Annotations[Revision]);
        Assert.Equal("1", set.Metadata.Annotations["deployment.kubernetes.io/revision-history"]);
        Assert.Equal(2, (await _cluster.ListAsync<V1ReplicaSet>()).Count);
    }

    [Fact]
    public async Task A_paused_deployment_scales_but_does_not_roll()
    {
        await StartAsync();
        await CreateAsync(Make.Deployment("web", 2));
        await CompleteAsync("web", 2);
        await PatchAsync("web", new { spec = new { paused = true, replicas = 5, template = Make.Template("web", "app:2") } });
        await _cluster.UntilAsync(async () => (await SizesAsync()).SequenceEqual([5]), "one replica set of five");
        await _cluster.UntilAsync(async () => Condition(await _cluster.GetAsync<V1Deployment>("web"), "Progressing") == ("Unknown", "DeploymentPaused"), "the pause to be noted");
        Assert.All(await PodsAsync(), p => Assert.Equal("app:1", p.Spec.Containers[0].Image));
        await PatchAsync("web", new { spec = new { paused = false } });
        await CompleteAsync("web", 5, generation: 3);
        Assert.All(await PodsAsync(), p => Assert.Equal("app:2", p.Spec.Containers[0].Image));
    }

    [Fact]
    public async Task Recreate_ends_all_old_pods_before_it_starts_new_ones()
    {
        var mixed = false;
        await StartAsync();
        var deployment = Make.Deployment("web", 3);
        deployment.Spec.Strategy = new() { Type = "Recreate" };
        await CreateAsync(deployment);
        await CompleteAsync("web", 3);
        using var watching = new CancellationTokenSource();
        var observe = Task.Run(async () =>
        {
            while (!watching.IsCancellationRequested)
                mixed |= (await _cluster.ListAsync<V1Pod>()).Select(p => p.Spec.Containers[0].Image).Distinct().Count() > 1;
        }, Cluster.Cancel);
        await SetImageAsync("web", "app:2");
        await CompleteAsync("web", 3, generation: 2);
        await watching.CancelAsync();
        await observe;
        Assert.False(mixed);
    }

    [Fact]
    public async Task Only_so_many_old_replica_sets_are_kept()
    {
        await StartAsync();
        var deployment = Make.Deployment("web", 1);
        deployment.Spec.RevisionHistoryLimit = 2;
        await CreateAsync(deployment);
        for (var version = 1; version <= 5; version++)
        {
            if (version > 1)
                await SetImageAsync("web", $"app:{version}");
            await CompleteAsync("web", 1, generation: version);
        }
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ReplicaSet>()).Count == 3, "three replica sets");
        Assert.Equal(["3", "4", "5"], (await _cluster.ListAsync<V1ReplicaSet>()).Select(s => s.Metadata.Annotations[Revision]).Order());
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task StartAsync()
    {
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new DeploymentController(c), c => new ReplicaSetController(c));
    }

    private Task CreateAsync(V1Deployment deployment) => _cluster.Client.Resources<V1Deployment>().CreateAsync(deployment, Cluster.Cancel);

    private Task SetImageAsync(string name, string image) => PatchAsync(name, new { spec = new { template = Make.Template(name, image) } });

    private Task PatchAsync(string name, object patch) => _cluster.Client.Resources<V1Deployment>().MergePatchAsync("default", name, patch, Cluster.Cancel);

    private async Task<V1Deployment> CompleteAsync(string name, int replicas, long generation = 1)
    {
        V1Deployment found = null!;
        await _cluster.UntilAsync(async () =>
        {
            found = await _cluster.GetAsync<V1Deployment>(name);
            return found.Status is { } s && s.ObservedGeneration >= generation && s.UpdatedReplicas == replicas && s.Replicas == replicas
                && s.AvailableReplicas == replicas && Condition(found, "Progressing").Reason == "NewReplicaSetAvailable";
        }, $"{name} to be complete");
        return found;
    }

    private async Task<IEnumerable<V1Pod>> PodsAsync() => (await _cluster.ListAsync<V1Pod>()).Where(p => p.Metadata.DeletionTimestamp is null);

    private async Task<IEnumerable<int>> SizesAsync() => (await _cluster.ListAsync<V1ReplicaSet>()).Select(s => s.Spec.Replicas ?? 0).Order();

    private static (string? Status, string? Reason) Condition(V1Deployment deployment, string type) =>
        deployment.Status?.Conditions?.FirstOrDefault(c => c.Type == type) is { } found ? (found.Status, found.Reason) : (null, null);
}
