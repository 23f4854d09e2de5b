using System.Net;
using System.Text.Json;
using Ballast.LoadBalancer.Backends;
using Ballast.LoadBalancer.Tests.Fixtures;

namespace Ballast.LoadBalancer.Tests.Status;

public class StatusServerTests
{
    [Fact]
    public async Task Shows_servers_to_people_programs_and_prometheus()
    {
        var token = TestContext.Current.CancellationToken;
        await using var cluster = new BalancerFixture();
        var a = cluster.AddServer("a");
        var b = cluster.AddServer("b");
        b.Kill();
        cluster.Start();
        await cluster.BecomesAsync(a, BackendState.Ready);
        await cluster.BecomesAsync(b, BackendState.Down);
        await using var held = await Proxy.FailoverTests.HoldAtAsync(cluster, "a");
        using var http = new HttpClient { BaseAddress = new($"http://{cluster.Balancer.StatusEndpoint}") };

        var page = await http.GetStringAsync("/", token);
        Assert.Contains($"<td>{a.Address}<td class=Ready>Ready", page, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await http.GetStringAsync("/status", token));
        Assert.Equal("LeastConnections", json.RootElement.GetProperty("policy").GetString());
        Assert.Equal(1, json.RootElement.GetProperty("connections").GetInt32());
        var states = json.RootElement.GetProperty("backends").EnumerateArray()
            .ToDictionary(e => e.GetProperty("address").GetString()!, e => e.GetProperty("state").GetString()!);
        Assert.Equal(("Ready", "Down"), (states[a.Address], states[b.Address]));
        var metrics = await http.GetStringAsync("/metrics", token);
        Assert.Contains($"loadbalancer_backend_state{{backend=\"{a.Address}\",state=\"Ready\"}} 1", metrics, StringComparison.Ordinal);
        Assert.Contains($"loadbalancer_backend_active_connections{{backend=\"{a.Address}\"}} 1", metrics, StringComparison.Ordinal);
        Assert.Contains($"loadbalancer_connections_total{{backend=\"{a.Address}\"}} 1", metrics, StringComparison.Ordinal);
        Assert.Equal("ok", await http.GetStringAsync("/healthz", token));
        Assert.Equal("ok", await http.GetStringAsync("/readyz", token));

        a.Kill();
        await cluster.BecomesAsync(a, BackendState.Down);
        Assert.Equal(HttpStatusCode.InternalServerError, (await http.GetAsync("/readyz", token)).StatusCode);
        Assert.Equal("ok", await http.GetStringAsync("/livez", token));
    }

}
