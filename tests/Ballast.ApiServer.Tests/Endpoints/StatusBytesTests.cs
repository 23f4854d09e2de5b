using System.Net;
using System.Text;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>The Status objects of the failures that clients act upon, whole.</summary>
public sealed class StatusBytesTests(ApiServerFixture fixture)
{
    private const string Json = "application/json";
    private const string Merge = "application/merge-patch+json";
    private const string Apply = "application/apply-patch+yaml";

    private TestApiServer Server => fixture.Server;

    /// <summary>In a namespace where there is a ConfigMap <c>a</c>, with <c>k</c> applied by <c>one</c>.</summary>
    [Theory]
    [InlineData("already-exists", 409, "POST", "configmaps", Json, """{"metadata":{"name":"a"}}""")]
    [InlineData("modified", 409, "PUT", "configmaps/a", Json, """{"metadata":{"name":"a","resourceVersion":"1"}}""")]
    [InlineData("uid-precondition", 409, "DELETE", "configmaps/a", Json, """{"preconditions":{"uid":"11111111-2222-3333-4444-555555555555"}}""")]
    [InlineData("apply-conflict", 409, "PATCH", "configmaps/a?fieldManager=two", Apply, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '2', j: '2'}}")]
    [InlineData("apply-without-manager", 422, "PATCH", "configmaps/a", Apply, "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}")]
    [InlineData("invalid-one", 422, "POST", "services", Json, """{"metadata":{"name":"1"},"spec":{"ports":[{"port":80}]}}""")]
    [InlineData("invalid-many", 422, "POST", "pods", Json, """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"A"},{"name":"b","image":"i","ports":[{"containerPort":0}]}]}}""")]
    [InlineData("immutable", 422, "PATCH", "secrets/s", Merge, """{"type":"other"}""")]
    [InlineData("unknown-field", 400, "POST", "configmaps?fieldValidation=Strict", Json, """{"metadata":{"name":"b","extra":1},"dat":{},"data":{"k":"1","k":"2"}}""")]
    [InlineData("wrong-type", 400, "POST", "configmaps", Json, """{"metadata":{"name":"b"},"data":{"k":1}}""")]
    [InlineData("wrong-kind", 400, "POST", "configmaps", Json, """{"kind":"Secret","apiVersion":"v1","metadata":{"name":"b"}}""")]
    [InlineData("patch-type", 415, "PATCH", "configmaps/a", Json, "{}")]
    [InlineData("json-patch-test", 422, "PATCH", "configmaps/a", "application/json-patch+json", """[{"op":"test","path":"/data/k","value":"3"}]""")]
    [InlineData("bad-selector", 400, "GET", "pods?fieldSelector=spec.image%3Da", Json, null)]
    [InlineData("bad-labels", 400, "GET", "pods?labelSelector=a%3D%3D%3Db", Json, null)]
    public async Task Failures(string golden, int code, string method, string path, string type, string? body)
    {
        var ns = await Server.NamespaceAsync();
        await Server.SendAsync(HttpMethod.Patch, $"/api/v1/namespaces/{ns}/configmaps/a?fieldManager=one", "{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {k: '1', j: '1'}}", Apply);
        await Server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/secrets", """{"metadata":{"name":"s"}}""");
        await Server.SendAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        await MatchesAsync(Server.Admin, golden, code, method, $"/api/v1/namespaces/{ns}/{path}", type, body);
    }

    [Fact]
    public async Task What_is_not_allowed()
    {
        using var nobody = Server.ClientFor("nobody", "nothing");
        await MatchesAsync(nobody, "forbidden-list", 403, "GET", "/api/v1/pods", Json, null);
        await MatchesAsync(nobody, "forbidden-get", 403, "GET", "/apis/apps/v1/namespaces/default/deployments/web", Json, null);
        await MatchesAsync(nobody, "forbidden-subresource", 403, "PUT", "/api/v1/nodes/n/status", Json, "{}");
        await MatchesAsync(nobody, "forbidden-path", 403, "GET", "/metrics", Json, null);
        using var wrong = Server.ClientFor(null);
        wrong.DefaultRequestHeaders.Authorization = new("Bearer", "none");
        await MatchesAsync(wrong, "unauthorized", 401, "GET", "/api/v1/pods", Json, null);
    }

    private static async Task MatchesAsync(HttpClient client, string golden, int code, string method, string path, string type, string? body)
    {
        var cancel = TestContext.Current.CancellationToken;
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new(type);
        }
        using var answer = await client.SendAsync(request, cancel);
        var text = await answer.Content.ReadAsStringAsync(cancel);
        Assert.True((HttpStatusCode)code == answer.StatusCode, text);
        Golden.Matches($"status-{golden}.json", text);
    }
}
