using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Discovery;
using Ballast.ApiServer.Tests.Server;

namespace Ballast.ApiServer.Tests.Discovery;

public sealed class DiscoveryTests(ApiServerFixture fixture)
{
    private const string Aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;q=0.9";

    [Theory]
    [InlineData("/api/v1", "api-v1.json")]
    [InlineData("/apis", "apis.json")]
    [InlineData("/apis/apps", "apis-apps.json")]
    [InlineData("/apis/apps/v1", "apis-apps-v1.json")]
    [InlineData("/apis/autoscaling/v2", "apis-autoscaling-v2.json")]
    public async Task The_documents_are_upstreams(string path, string golden)
    {
        using var answer = await fixture.Server.Admin.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Golden.Matches(golden, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_aggregated_form_has_everything_and_an_etag()
    {
        using var first = await AskAsync("/apis", null);
        Assert.Equal("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", first.Content.Headers.ContentType?.ToString().Replace(" ", "", StringComparison.Ordinal));
        var document = JsonNode.Parse(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal("apidiscovery.k8s.io/v2", document.ApiVersion);
        var apps = document["items"]!.AsArray().Single(i => i!.AsObject().Name == "apps")!;
        var deployments = apps["versions"]![0]!["resources"]!.AsArray().Single(r => r!["resource"]!.GetValue<string>() == "deployments")!;
        Assert.Equal(["scale", "status"], deployments["subresources"]!.AsArray().Select(s => s!["subresource"]!.GetValue<string>()));

        using var second = await AskAsync("/apis", first.Headers.ETag!.ToString());
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    /// <summary>One group alone, as others may come and go while tests run.</summary>
    [Theory]
    [InlineData("/api", "", "aggregated-core.json")]
    [InlineData("/apis", "apps", "aggregated-apps.json")]
    [InlineData("/apis", "autoscaling", "aggregated-autoscaling.json")]
    public async Task The_aggregated_form_is_upstreams(string path, string group, string golden)
    {
        using var answer = await AskAsync(path, null);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        Golden.Matches(golden, document["items"]!.AsArray().Single(i => i!.AsObject().Name == group)!.ToJsonString());
    }

    [Fact]
    public async Task The_version_is_that_of_the_api()
    {
        var (_, version) = await fixture.Server.SendAsync(HttpMethod.Get, "/version");
        Assert.Equal(("1", "36", "v1.36.2"), (version.StringAt("major"), version.StringAt("minor"), version.StringAt("gitVersion")));
    }

    [Fact]
    public void Released_versions_come_first_and_newer_before_older()
    {
        string[] versions = ["v1alpha1", "v2beta1", "v1", "v10", "v2", "v1beta1", "v1beta2", "foo"];
        Assert.Equal(["v10", "v2", "v1", "v2beta1", "v1beta2", "v1beta1", "v1alpha1", "foo"], versions.Order(VersionPriority.Comparer));
    }

    private async Task<HttpResponseMessage> AskAsync(string path, string? known)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", Aggregated);
        if (known is not null)
            request.Headers.TryAddWithoutValidation("If-None-Match", known);
        return await fixture.Server.Admin.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
