using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.Testing;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Server;

public sealed class LifecycleTests(ApiServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_shutdown_fails_readiness_first_and_ends_watches_cleanly()
    {
        await using var server = await TestApiServer.StartAsync(fixture.Etcd, o => o with { ShutdownDelayDuration = TimeSpan.FromSeconds(2), AdvertiseAddress = IPAddress.Parse("127.0.0.9") });
        await Eventually.TrueAsync(async () => (await AddressesAsync()).Contains("127.0.0.9"), "its address in the kubernetes Service");
        using var watch = await server.Admin.GetAsync("/api/v1/configmaps?watch=1&resourceVersion=0", HttpCompletionOption.ResponseHeadersRead, Cancel);
        var end = watch.Content.ReadAsByteArrayAsync(Cancel);

        var stopping = server.Server.StopAsync();
        await Eventually.TrueAsync(async () => (await server.Admin.GetAsync("/readyz/shutdown", Cancel)).StatusCode == HttpStatusCode.InternalServerError, "/readyz fails");
        Assert.Equal(HttpStatusCode.OK, (await server.Admin.GetAsync("/livez", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await server.Admin.GetAsync("/api/v1/namespaces/default", Cancel)).StatusCode);
        await Eventually.TrueAsync(async () => !(await AddressesAsync()).Contains("127.0.0.9"), "its address is out of the kubernetes Service");
        Assert.False(end.IsCompleted, "watches go on during the delay");
        await stopping;
        // To its end, not cut off: a client sees a watch that is over, and no error.
        await end;
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => server.Admin.GetAsync("/livez", Cancel));
    }

    [Fact]
    public async Task Health_can_be_asked_in_parts()
    {
        var verbose = await fixture.Server.Admin.GetStringAsync("/readyz?verbose", Cancel);
        foreach (var check in (string[])["ping", "log", "etcd", "etcd-readiness", "informer-sync", "poststarthook/rbac/bootstrap-roles", "shutdown"])
            Assert.Contains($"[+]{check} ok\n", verbose, StringComparison.Ordinal);
        Assert.EndsWith("readyz check passed\n", verbose, StringComparison.Ordinal);
        Assert.Equal("ok", await fixture.Server.Admin.GetStringAsync("/readyz/etcd", Cancel));
        Assert.Contains("[+]etcd excluded: ok\n", await fixture.Server.Admin.GetStringAsync("/readyz?verbose&exclude=etcd", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_have_upstreams_names()
    {
        await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default");
        var metrics = await fixture.Server.Admin.GetStringAsync("/metrics", Cancel);
        Assert.Contains("apiserver_request_total{verb=\"GET\",dry_run=\"\",group=\"\",version=\"v1\",resource=\"namespaces\",subresource=\"\",scope=\"resource\",component=\"apiserver\",code=\"200\"}", metrics, StringComparison.Ordinal);
        foreach (var name in (string[])["apiserver_request_duration_seconds_bucket", "apiserver_current_inflight_requests", "apiserver_longrunning_requests", "apiserver_response_sizes_bucket"])
            Assert.Contains(name, metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strangers_see_health_and_version_and_nothing_else()
    {
        var stranger = fixture.Server.ClientFor(null);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/livez", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync("/version", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await stranger.GetAsync("/api/v1/pods", Cancel)).StatusCode);
    }

    [Fact]
    public async Task A_known_client_without_rights_is_told_which_are_missing()
    {
        var joe = fixture.Server.ClientFor("joe");
        using var answer = await joe.GetAsync("/api/v1/namespaces/default/pods/a", Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        var status = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsObject();
        Assert.Equal("pods \"a\" is forbidden: User \"joe\" cannot get resource \"pods\" in API group \"\" in the namespace \"default\"", status.StringAt("message"));
    }

    [Fact]
    public async Task The_kubernetes_service_leads_to_the_server()
    {
        await Eventually.TrueAsync(async () => (await AddressesAsync()).Contains("127.0.0.1"), "the address in Endpoints");
        var (_, service) = await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default/services/kubernetes");
        Assert.Equal("10.96.0.1", service["spec"]!["clusterIP"]!.GetValue<string>());
        var (_, slice) = await fixture.Server.SendAsync(HttpMethod.Get, "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes");
        Assert.Equal("kubernetes", slice.Labels!.StringAt("kubernetes.io/service-name"));
    }

    private async Task<IReadOnlyList<string>> AddressesAsync()
    {
        var (_, endpoints) = await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default/endpoints/kubernetes");
        return [.. (endpoints["subsets"] as JsonArray ?? []).SelectMany(s => s!["addresses"]!.AsArray()).Select(a => a!["ip"]!.GetValue<string>())];
    }
}
