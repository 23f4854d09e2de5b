using Ballast.ControllerManager.ReplicaSets;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.ReplicaSets;

public sealed class ReplicaSetTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task Makes_as_many_pods_as_asked_for_and_no_more()
    {
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new ReplicaSetController(c));
        await CreateAsync(Make.ReplicaSet("web", 100));
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ReplicaSet>("web")).Status?.AvailableReplicas == 100, "a hundred available");
        var pods = await _cluster.ListAsync<V1Pod>();
        Assert.Equal(100, pods.Count);
        Assert.All(pods, p => Assert.True(p.Metadata.OwnerReferences.Single() is { Kind: "ReplicaSet", Name: "web", Controller: true, BlockOwnerDeletion: true }));
        Assert.All(pods, p => Assert.StartsWith("web-", p.Metadata.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Adopts_orphans_that_match_and_releases_pods_that_no_longer_do()
    {
        await _cluster.RunPodsAsync();
        await _cluster.Client.Resources<V1Pod>().CreateAsync(Make.Pod("stray", "web"), Cluster.Cancel);
        await _cluster.RunAsync(c => new ReplicaSetController(c));
        await CreateAsync(Make.ReplicaSet("web", 2));
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ReplicaSet>("web")).Status?.AvailableReplicas == 2, "two available");
        Assert.Equal("web", (await _cluster.GetAsync<V1Pod>("stray")).Metadata.OwnerReferences.Single().Name);
        Assert.Equal(2, (await _cluster.ListAsync<V1Pod>()).Count);
        await _cluster.Client.Resources<V1Pod>().MergePatchAsync("default", "stray", new { metadata = new { labels = new { app = "other" } } }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1Pod>("stray")).Metadata.OwnerReferences is null or { Count: 0 }, "the release");
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1Pod>()).Count == 3, "its replacement");
    }

    [Fact]
    public async Task Scales_down_by_the_pods_that_are_missed_least()
    {
        _cluster.BecomesReady = p => p.Metadata.Name is "a" or "b";
        foreach (var name in (string[])["a", "b", "c", "d"])
            await _cluster.Client.Resources<V1Pod>().CreateAsync(Make.Pod(name, "web"), Cluster.Cancel);
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new ReplicaSetController(c));
        await CreateAsync(Make.ReplicaSet("web", 4));
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ReplicaSet>("web")).Status is { Replicas: 4, ReadyReplicas: 2 }, "four, two of them ready");
        await _cluster.Client.Resources<V1ReplicaSet>().MergePatchAsync("default", "web", new { spec = new { replicas = 2 } }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1Pod>()).Select(p => p.Metadata.Name).SequenceEqual(["a", "b"]), "the ready ones to stay");
    }

    [Fact]
    public async Task A_refused_pod_is_reported_and_tried_again()
    {
        var refuse = true;
        _cluster.Server.Intercept = (request, _) => Task.FromResult(refuse && request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/pods", StringComparison.Ordinal)
            ? new HttpResponseMessage(System.Net.HttpStatusCode.Forbidden)
            {
                Content = new StringContent("""{"kind":"Status","message":"exceeded quota","reason":"Forbidden","code":403}"""),
            } : null);
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new ReplicaSetController(c));
        await CreateAsync(Make.ReplicaSet("web", 5));
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ReplicaSet>("web")).Status?.Conditions is [{ Type: "ReplicaFailure", Reason: "FailedCreate", Message: "exceeded quota" }], "the failure");
        Assert.Contains("Warning FailedCreate Error creating: exceeded quota", _cluster.Events.All);
        refuse = false;
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ReplicaSet>("web")).Status is { AvailableReplicas: 5 } s && s.Conditions is null or { Count: 0 }, "all to run");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task CreateAsync(V1ReplicaSet set) => _cluster.Client.Resources<V1ReplicaSet>().CreateAsync(set, Cluster.Cancel);
}
