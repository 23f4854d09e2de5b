using System.Text.Json;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Endpoints;
using Ballast.LoadBalancer.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.LoadBalancer.Tests.Endpoints;

public class FollowTests
{
    [Fact]
    public async Task Servers_come_and_go_with_the_endpoint_slice_and_are_remembered()
    {
        using var authority = new TestAuthority();
        var stateFile = Path.Combine(authority.Folder, "state", "backends.json");
        var kubeconfig = authority.WriteKubeconfig();
        await using var b = new FakeApiServer("b", authority);
        await using (var cluster = new BalancerFixture(authority))
        {
            var a = cluster.AddServer("a");
            // All servers of a test share one address, so each has a slice of one port here; the rule under test is the same.
            a.Api = path => path.Contains("watch=true", StringComparison.Ordinal) ? null
                : $$"""{"metadata":{"resourceVersion":"7"},"items":[{{Slice(a.Port)}}]}""";
            cluster.Start(o => o with { Kubeconfig = kubeconfig, StateFile = stateFile });
            await BalancerFixture.EventuallyAsync(() => !a.Watchers.IsEmpty, "a watch");

            await Send(a, """{"type":"MODIFIED","object":{"endpoints":[],"ports":[]}}""");
            await Send(a, $$$"""{"type":"DELETED","object":{{{Slice(a.Port)}}}}""");
            await Send(a, $$$"""{"type":"MODIFIED","object":{{{Slice(b.Port)}}}}""");
            await cluster.BecomesAsync(b, BackendState.Ready);
            Assert.False(cluster.Backend(a).Listed);
            Assert.Equal("b", await cluster.AskNameAsync());

            b.Kill();
            Assert.Equal("a", await cluster.AskNameAsync());
            b.Start();
            await BalancerFixture.EventuallyAsync(() => File.Exists(stateFile), "the state file");
            Assert.Equal($$"""{"backends":["{{b.Address}}"]}""", await File.ReadAllTextAsync(stateFile, TestContext.Current.CancellationToken));
        }
        await using var restarted = new BalancerFixture(authority);
        restarted.Start(o => o with { Backends = [], StateFile = stateFile });
        Assert.Equal("b", await restarted.AskNameAsync());
    }

    [Fact]
    public async Task A_server_off_the_list_is_forgotten_once_drained()
    {
        await using var cluster = new BalancerFixture();
        var a = cluster.AddServer("a");
        await using var b = new FakeApiServer("b", cluster.Authority);
        cluster.Start();
        BackendAddress[] both = [new("127.0.0.1", a.Port), new("127.0.0.1", b.Port)];
        Assert.True(cluster.Balancer.Pool.Follow(both));
        await cluster.BecomesAsync(b, BackendState.Ready);
        Assert.True(cluster.Balancer.Pool.Follow(both[..1]));
        Assert.False(cluster.Balancer.Pool.Follow([]));
        await BalancerFixture.EventuallyAsync(() => cluster.Balancer.Pool.Backends.Length == 1, "b is forgotten");
        Assert.True(cluster.Backend(a).Listed);
    }

    [Theory]
    [InlineData("""{"endpoints":[{"addresses":["10.0.0.1","10.0.0.2"],"conditions":{"ready":true}}],"ports":[{"name":"https","port":6444}]}""", "10.0.0.1:6444 10.0.0.2:6444")]
    [InlineData("""{"endpoints":[{"addresses":["fd00::1"]}],"ports":[{"name":"other","port":1},{"name":"https","port":6443}]}""", "[fd00::1]:6443")]
    [InlineData("""{"endpoints":[{"addresses":["10.0.0.1"],"conditions":{"ready":false}},{"addresses":["10.0.0.2"],"conditions":{}}]}""", "10.0.0.2:6443")]
    [InlineData("""{"endpoints":null,"ports":null}""", "")]
    [InlineData("""{"endpoints":[{"addresses":null},{"addresses":["not an address"]}]}""", "")]
    [InlineData("{}", "")]
    public void Addresses_are_read_from_a_slice(string slice, string expected)
    {
        using var document = JsonDocument.Parse(slice);
        Assert.Equal(expected, string.Join(' ', EndpointsFollower.Addresses(document.RootElement)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"backends":7}""")]
    [InlineData("""{"backends":["no port"]}""")]
    public void A_damaged_state_file_remembers_nothing(string content)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, content);
        Assert.Empty(new EndpointsState(path, NullLogger<EndpointsState>.Instance).Load());
        File.Delete(path);
    }

    private static string Slice(int port) =>
        $$$"""{"endpoints":[{"addresses":["127.0.0.1"],"conditions":{"ready":true}}],"ports":[{"name":"https","port":{{{port}}}}]}""";

    private static Task Send(FakeApiServer server, string line) => server.Watchers.First()(line);
}
