using Ballast.Client;
using Ballast.ControllerManager.GarbageCollection;
using Ballast.ControllerManager.Ownership;
using k8s;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.GarbageCollection;

public sealed class GarbageCollectorTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    private ResourceClient<V1ReplicaSet> Sets => _cluster.Client.Resources<V1ReplicaSet>();

    private ResourceClient<V1ConfigMap> Maps => _cluster.Client.Resources<V1ConfigMap>();

    /// <summary>The graph must know a child before its owner is let go of: one that was made later has gone with its own owner.</summary>
    private async Task GraphKnowsAsync(string map)
    {
        await CreateMapAsync("probe", await Sets.CreateAsync(Make.ReplicaSet("probe", 0), Cluster.Cancel));
        await Sets.DeleteAsync("default", "probe", null, Cluster.Cancel);
        await MapsAreAsync(map);
    }

    [Fact]
    public async Task Dependents_follow_an_owner_that_is_deleted()
    {
        await _cluster.RunAsync(c => new GarbageCollector(c));
        var owner = await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await CreateMapAsync("child", owner);
        await CreateMapAsync("stranger");
        await Sets.DeleteAsync("default", "owner", new() { PropagationPolicy = PropagationPolicy.Background }, Cluster.Cancel);
        await MapsAreAsync("stranger");
    }

    [Fact]
    public async Task Dependents_of_an_owner_that_went_while_nobody_looked_go_too()
    {
        var owner = await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await CreateMapAsync("child", owner);
        await Sets.DeleteAsync("default", "owner", null, Cluster.Cancel);
        await _cluster.RunAsync(c => new GarbageCollector(c));
        await MapsAreAsync();
    }

    [Fact]
    public async Task An_owner_of_the_same_name_with_another_uid_is_no_owner()
    {
        var first = await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await CreateMapAsync("child", first);
        await Sets.DeleteAsync("default", "owner", null, Cluster.Cancel);
        await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await _cluster.RunAsync(c => new GarbageCollector(c));
        await MapsAreAsync();
        Assert.Single(await _cluster.ListAsync<V1ReplicaSet>());
    }

    [Fact]
    public async Task An_object_with_one_owner_left_stays_and_forgets_the_other()
    {
        await _cluster.RunAsync(c => new GarbageCollector(c));
        var gone = await Sets.CreateAsync(Make.ReplicaSet("gone", 0), Cluster.Cancel);
        var kept = await Sets.CreateAsync(Make.ReplicaSet("kept", 0), Cluster.Cancel);
        await CreateMapAsync("child", gone, kept);
        await Sets.DeleteAsync("default", "gone", null, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ConfigMap>("child")).Metadata.OwnerReferences is [var only] && only.Uid == kept.Metadata.Uid, "one owner");
    }

    [Fact]
    public async Task An_owner_without_a_namespace_is_found_and_its_dependents_stay()
    {
        var node = await _cluster.Client.Resources<V1Node>().CreateAsync(new() { Metadata = new() { Name = "node-1" } }, Cluster.Cancel);
        await CreateMapAsync("mirror", node);
        // The node is not watched yet when the map is: the graph knows it from the reference alone.
        _cluster.Server.Intercept = async (request, cancel) =>
        {
            if (request.RequestUri!.AbsolutePath == "/api/v1/nodes")
                await Task.Delay(Timeout.Infinite, cancel);
            return null;
        };
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        await using var other = new Cluster(time, server: _cluster.Server);
        await other.RunAsync(c => new GarbageCollector(c));
        await CreateMapAsync("probe", (await Sets.CreateAsync(Make.ReplicaSet("probe", 0), Cluster.Cancel)));
        await Sets.DeleteAsync("default", "probe", null, Cluster.Cancel);
        await _cluster.UntilAsync(async () =>
        {
            time.Advance(TimeSpan.FromSeconds(10)); // the collector does not wait for a kind that never answers
            return (await _cluster.ListAsync<V1ConfigMap>()) is [{ Metadata.Name: "mirror" }];
        }, "the probe to be collected, and the mirror not");
    }

    [Fact]
    public async Task In_the_foreground_the_owner_goes_last()
    {
        await _cluster.RunAsync(c => new GarbageCollector(c));
        var owner = await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await CreateMapAsync("child", owner);
        await Maps.MergePatchAsync("default", "child", new { metadata = new { finalizers = new[] { "example.com/wait" } } }, Cluster.Cancel);
        await GraphKnowsAsync("child");
        await Sets.DeleteAsync("default", "owner", new() { PropagationPolicy = PropagationPolicy.Foreground }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ConfigMap>("child")).Metadata.DeletionTimestamp is not null, "the child to be deleted");
        Assert.Contains("foregroundDeletion", (await _cluster.GetAsync<V1ReplicaSet>("owner")).Metadata.Finalizers);
        await Maps.MergePatchAsync("default", "child", "{\"metadata\":{\"finalizers\":null}}", Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ReplicaSet>()).Count == 0, "the owner to go");
    }

    [Fact]
    public async Task Orphaned_dependents_stay_without_their_owner()
    {
        await _cluster.RunAsync(c => new GarbageCollector(c));
        var owner = await Sets.CreateAsync(Make.ReplicaSet("owner", 0), Cluster.Cancel);
        await CreateMapAsync("child", owner);
        await GraphKnowsAsync("child");
        await Sets.DeleteAsync("default", "owner", new() { PropagationPolicy = PropagationPolicy.Orphan }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ReplicaSet>()).Count == 0, "the owner to go");
        Assert.Empty((await _cluster.GetAsync<V1ConfigMap>("child")).Metadata.OwnerReferences ?? []);
    }

    [Fact]
    public async Task Custom_resources_are_followed_from_a_few_seconds_after_they_are_served()
    {
        await _cluster.RunAsync(c => new GarbageCollector(c));
        _cluster.Server.Serve(new("example.com", "v1", "widgets"), "Widget", isNamespaced: true);
        var widgets = _cluster.Client.MetadataOf(new("example.com", "v1", "widgets"));
        var owner = await widgets.CreateAsync(new() { Metadata = new() { Name = "w", NamespaceProperty = "default" } }, Cluster.Cancel);
        await CreateMapAsync("child", owner with { ApiVersion = "example.com/v1", Kind = "Widget" });
        await widgets.DeleteAsync("default", "w", null, Cluster.Cancel);
        await MapsAreAsync();
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task CreateMapAsync(string name, params IKubernetesObject<V1ObjectMeta>[] owners) => Maps.CreateAsync(new()
    {
        Metadata = new()
        {
            Name = name, NamespaceProperty = "default",
            OwnerReferences = owners.Length == 0 ? null : [.. owners.Select(o => o.NewControllerReference() with { Controller = null })],
        },
    }, Cluster.Cancel);

    private Task MapsAreAsync(params string[] names) => _cluster.UntilAsync(
        async () => (await _cluster.ListAsync<V1ConfigMap>()).Select(m => m.Metadata.Name).SequenceEqual(names), "the config maps to be: " + string.Join(' ', names));
}
