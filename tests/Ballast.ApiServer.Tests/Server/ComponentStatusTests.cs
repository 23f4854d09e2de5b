using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;

namespace Ballast.ApiServer.Tests.Server;

public sealed class ComponentStatusTests(ApiServerFixture fixture)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_has_the_three_and_a_warning()
    {
        using var answer = await fixture.Server.Admin.GetAsync("/api/v1/componentstatuses", Cancel);
        Assert.Equal("299 - \"v1 ComponentStatus is deprecated in v1.19+\"", Assert.Single(answer.Headers.GetValues("Warning")));
        var list = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsObject();
        Assert.Equal("ComponentStatusList", list.Kind);
        var items = list["items"]!.AsArray().Select(i => i!.AsObject()).ToArray();
        Assert.Equal(["controller-manager", "etcd-0", "scheduler"], items.Select(i => i.Name).Order(StringComparer.Ordinal));
        var etcd = items.Single(i => i.Name == "etcd-0");
        Assert.Equal("""[{"type":"Healthy","status":"True","message":"ok"}]""", etcd["conditions"]!.ToJsonString());
    }

    [Fact]
    public async Task One_can_be_had_by_name_and_no_other()
    {
        var (code, status) = await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1/componentstatuses/etcd-0");
        Assert.Equal((HttpStatusCode.OK, "ComponentStatus", "etcd-0"), (code, status.Kind, status.Name));
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1/componentstatuses/kubelet")).Code);
    }

    [Fact]
    public async Task Kubectl_shows_a_row_for_each()
    {
        var result = await fixture.Server.KubectlAsync("get cs");
        Assert.Contains("Warning: v1 ComponentStatus is deprecated in v1.19+", result.Error, StringComparison.Ordinal);
        Assert.Matches("etcd-0 +Healthy +ok", result.Output);
    }
}
