using System.Net;
using Ballast.ApiServer.Tests.Server;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>The bytes that clients see, whole.</summary>
public sealed class WireTests(ApiServerFixture fixture)
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/configmaps/none", 404, "status-not-found.json")]
    [InlineData("GET", "/api/v1/foos", 404, "status-no-such-resource.json")]
    [InlineData("GET", "/apis/example.com/v1/foos", 404, "no-such-group.txt")]
    [InlineData("GET", "/foo", 404, "no-such-group.txt")]
    [InlineData("PUT", "/api/v1/namespaces/default/configmaps", 405, "status-method-not-allowed.json")]
    [InlineData("POST", "/api/v1/pods", 405, "status-method-not-allowed.json")]
    public async Task Refusals(string method, string path, int code, string golden)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var answer = await fixture.Server.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode)code, answer.StatusCode);
        Golden.Matches(golden, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("application/json", "list.json")]
    [InlineData("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "table.json")]
    public async Task Lists(string accept, string golden)
    {
        var ns = await fixture.Server.NamespaceAsync();
        await fixture.Server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/configmaps?fieldManager=test", """{"metadata":{"name":"a","labels":{"l":"<x>"}},"data":{"k":"ü"}}""".Replace("<x>", "x", StringComparison.Ordinal));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/namespaces/{ns}/configmaps?fieldSelector=metadata.name%3Da");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        using var answer = await fixture.Server.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        Golden.Matches(golden, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
