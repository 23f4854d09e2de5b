using Ballast.ControllerManager.Endpoints;
using Ballast.ControllerManager.EndpointSlices;
using Ballast.ControllerManager.ReplicaSets;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.Services;

public sealed class ServiceTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task Ready_pods_stand_behind_the_service_and_leave_it()
    {
        await StartAsync(3);
        await _cluster.UntilAsync(async () => await AddressesAsync() == 3 && await SliceEndpointsAsync(ready: true) == 3, "three addresses");
        var slice = Assert.Single(await _cluster.ListAsync<V1EndpointSlice>());
        Assert.Equal("web", slice.Metadata.Labels["kubernetes.io/service-name"]);
        Assert.Equal("endpointslice-controller.k8s.io", slice.Metadata.Labels["endpointslice.kubernetes.io/managed-by"]);
        Assert.Equal("IPv4", slice.AddressType);
        Assert.True(slice.Ports is [{ Name: "http", Port: 8080, Protocol: "TCP" }]);
        Assert.Equal("Service", slice.Metadata.OwnerReferences.Single().Kind);
        Assert.True((await _cluster.GetAsync<V1Endpoints>("web")).Subsets is [{ Ports: [{ Name: "http", Port: 8080 }] }]);
        await _cluster.Client.Resources<V1ReplicaSet>().MergePatchAsync("default", "web", new { spec = new { replicas = 1 } }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => await AddressesAsync() == 1 && await SliceEndpointsAsync(ready: true) == 1, "one address");
    }

    [Fact]
    public async Task Pods_that_are_not_ready_are_there_but_get_no_traffic()
    {
        _cluster.BecomesReady = _ => false;
        await StartAsync(1);
        var pod = (await _cluster.ListAsync<V1Pod>()).Single();
        await _cluster.Client.Resources<V1Pod>().MergePatchAsync("default", pod.Metadata.Name, new { status = new { podIP = "10.0.0.9" } }, Cluster.Cancel, "status");
        await _cluster.UntilAsync(async () => await SliceEndpointsAsync(ready: false) == 1, "an endpoint that is not ready");
        await _cluster.UntilAsync(async () => await _cluster.ListAsync<V1Endpoints>() is [{ Subsets: [{ Addresses: null, NotReadyAddresses: [{ Ip: "10.0.0.9" }] }] }], "the same in Endpoints");
    }

    [Fact]
    public async Task A_slice_holds_a_hundred_endpoints_at_most()
    {
        await StartAsync(250);
        await _cluster.UntilAsync(async () => await SliceEndpointsAsync(ready: true) == 250, "250 endpoints");
        var slices = await _cluster.ListAsync<V1EndpointSlice>();
        Assert.All(slices, s => Assert.InRange(s.Endpoints.Count, 1, 100));
        Assert.Equal(250, slices.SelectMany(s => s.Endpoints).Select(e => e.TargetRef.Uid).Distinct().Count());
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private async Task StartAsync(int pods)
    {
        await _cluster.RunPodsAsync();
        await _cluster.RunAsync(c => new ReplicaSetController(c), c => new EndpointsController(c), c => new EndpointSliceController(c));
        await _cluster.Client.Resources<V1Service>().CreateAsync(new()
        {
            Metadata = new() { Name = "web", NamespaceProperty = "default" },
            Spec = new() { Selector = Make.Labels("web"), ClusterIP = "10.96.0.10", Ports = [new() { Name = "http", Port = 80, TargetPort = 8080, Protocol = "TCP" }] },
        }, Cluster.Cancel);
        await _cluster.Client.Resources<V1ReplicaSet>().CreateAsync(Make.ReplicaSet("web", pods), Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1Pod>()).Count == pods, "the pods");
    }

    private async Task<int> AddressesAsync() => (await _cluster.ListAsync<V1Endpoints>()).SelectMany(e => e.Subsets ?? []).Sum(s => s.Addresses?.Count ?? 0);

    private async Task<int> SliceEndpointsAsync(bool ready) =>
        (await _cluster.ListAsync<V1EndpointSlice>()).SelectMany(s => s.Endpoints ?? []).Count(e => e.Conditions.Ready == ready);
}
