using System.Net;
using System.Text;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Hollow;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Kubelet.Tests.Runtimes;

public sealed class HollowRuntimeTests : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly HollowRuntime _runtime;

    public HollowRuntimeTests() => _runtime = new HollowRuntime(IPNetwork.Parse("10.244.7.0/29"), "127.0.0.9", _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _runtime.DisposeAsync();
        _folder.Dispose();
    }

    private Task<PodSandbox> RunAsync(string uid, string? preferred = null) =>
        _runtime.RunPodSandboxAsync(Build.Sandbox(_folder, uid) with { HostNetwork = false, PreferredIP = preferred }, Cancel);

    [Fact]
    public async Task Pods_have_addresses_of_the_range_and_give_them_back()
    {
        List<PodSandbox> pods = [];
        for (var i = 0; i < 5; i++)
            pods.Add(await RunAsync($"uid-{i}"));
        Assert.Equal(5, pods.Select(p => p.PodIP).Distinct().Count());
        Assert.All(pods, p => Assert.True(IPNetwork.Parse("10.244.7.0/29").Contains(IPAddress.Parse(p.PodIP))));
        var full = await Assert.ThrowsAsync<RuntimeException>(() => RunAsync("one too many"));
        Assert.Contains("no IP addresses available", full.Message, StringComparison.Ordinal);
        await _runtime.RemovePodSandboxAsync(pods[2].Id, Cancel);
        Assert.Equal(pods[2].PodIP, (await RunAsync("another")).PodIP);
    }

    [Fact]
    public async Task A_pod_keeps_the_address_it_had_under_an_earlier_kubelet()
    {
        Assert.Equal("10.244.7.5", (await RunAsync("uid-1", preferred: "10.244.7.5")).PodIP);
        Assert.NotEqual("10.244.7.5", (await RunAsync("uid-2", preferred: "10.244.7.5")).PodIP);
    }

    [Fact]
    public async Task A_pod_of_the_hosts_network_has_the_nodes_address() =>
        Assert.Equal("127.0.0.9", (await _runtime.RunPodSandboxAsync(Build.Sandbox(_folder), Cancel)).PodIP);

    [Fact]
    public async Task A_container_ends_by_itself_where_its_pod_says_so()
    {
        var changes = new List<string>();
        _runtime.PodChanged += changes.Add;
        var sandbox = await RunAsync("uid-1");
        var config = Build.Container("app") with
        {
            Annotations = new Dictionary<string, string> { [HollowRuntime.ExitAfterAnnotation] = "5s", [HollowRuntime.ExitCodeAnnotation] = "2" },
        };
        await _runtime.StartContainerAsync(await _runtime.CreateContainerAsync(sandbox.Id, config, Cancel), Cancel);
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(ContainerState.Running, _runtime.ListContainers("uid-1").Single().State);
        _time.Advance(TimeSpan.FromSeconds(1));
        var container = _runtime.ListContainers("uid-1").Single();
        Assert.Equal((ContainerState.Exited, 2, "Error"), (container.State, container.ExitCode, container.Reason));
        Assert.Equal(["uid-1"], changes);
    }

    [Fact]
    public async Task Its_log_says_why_there_is_none()
    {
        var sandbox = await RunAsync("uid-1");
        var id = await _runtime.CreateContainerAsync(sandbox.Id, Build.Container("app"), Cancel);
        using var output = new MemoryStream();
        await _runtime.WriteLogAsync(id, new LogOptions(), output, Cancel);
        Assert.Equal("This pod is on a hollow node: nothing runs in it, so it has no log.\n", Encoding.UTF8.GetString(output.ToArray()));
    }
}
