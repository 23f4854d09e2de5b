using Ballast.ApiServer.Endpoints;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Tests.Endpoints;

public sealed class RequestInfoTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces", "list", "", "v1", "", "namespaces", "", "")]
    [InlineData("GET", "/api/v1/namespaces/other", "get", "", "v1", "other", "namespaces", "other", "")]
    [InlineData("PUT", "/api/v1/namespaces/other/finalize", "update", "", "v1", "other", "namespaces", "other", "finalize")]
    [InlineData("PATCH", "/api/v1/namespaces/other/status", "patch", "", "v1", "other", "namespaces", "other", "status")]
    [InlineData("GET", "/api/v1/namespaces/other/pods", "list", "", "v1", "other", "pods", "", "")]
    [InlineData("GET", "/api/v1/namespaces/other/pods/foo", "get", "", "v1", "other", "pods", "foo", "")]
    [InlineData("HEAD", "/api/v1/namespaces/other/pods/foo", "get", "", "v1", "other", "pods", "foo", "")]
    [InlineData("GET", "/api/v1/pods", "list", "", "v1", "", "pods", "", "")]
    [InlineData("GET", "/api/v1/pods?watch=true", "watch", "", "v1", "", "pods", "", "")]
    [InlineData("GET", "/api/v1/pods?watch=false", "list", "", "v1", "", "pods", "", "")]
    [InlineData("GET", "/api/v1/namespaces/other/pods?fieldSelector=metadata.name=foo", "list", "", "v1", "other", "pods", "foo", "")]
    [InlineData("GET", "/api/v1/watch/namespaces/other/pods", "watch", "", "v1", "other", "pods", "", "")]
    [InlineData("GET", "/api/v1/nodes/n1/proxy/metrics/cadvisor", "get", "", "v1", "", "nodes", "n1", "proxy")]
    [InlineData("POST", "/api/v1/namespaces/other/pods/foo/binding", "create", "", "v1", "other", "pods", "foo", "binding")]
    [InlineData("DELETE", "/api/v1/namespaces/other/pods/foo", "delete", "", "v1", "other", "pods", "foo", "")]
    [InlineData("DELETE", "/api/v1/namespaces/other/pods", "deletecollection", "", "v1", "other", "pods", "", "")]
    [InlineData("POST", "/apis/apps/v1/namespaces/other/deployments", "create", "apps", "v1", "other", "deployments", "", "")]
    [InlineData("GET", "/apis/apps/v1/namespaces/other/deployments/web/scale", "get", "apps", "v1", "other", "deployments", "web", "scale")]
    public void Reads_resource_requests_as_upstream_does(
        string method, string url, string verb, string group, string version, string ns, string resource, string name, string subresource)
    {
        var info = Parse(method, url);
        Assert.True(info.IsResourceRequest);
        Assert.Equal((verb, group, version, ns, resource, name, subresource), (info.Verb, info.Group, info.Version, info.Namespace, info.Resource, info.Name, info.Subresource));
    }

    [Theory]
    [InlineData("GET", "/", "get")]
    [InlineData("GET", "/api", "get")]
    [InlineData("GET", "/api/v1", "get")]
    [InlineData("GET", "/apis/apps", "get")]
    [InlineData("GET", "/apis/apps/v1", "get")]
    [InlineData("POST", "/healthz", "post")]
    [InlineData("GET", "/openapi/v3/apis/apps/v1", "get")]
    public void Discovery_and_all_else_is_a_path(string method, string url, string verb)
    {
        var info = Parse(method, url);
        Assert.False(info.IsResourceRequest);
        Assert.Equal((verb, url), (info.Verb, info.Path));
    }

    [Fact]
    public void A_proxied_path_keeps_its_trailing_slash()
    {
        Assert.Equal("logs/a//b/", Parse("GET", "/api/v1/nodes/n1/proxy/logs/a//b/").Rest);
    }

    [Theory]
    [InlineData("/api/v1/pods?watch=1", true)]
    [InlineData("/api/v1/namespaces/a/pods/b/log", true)]
    [InlineData("/api/v1/namespaces/a/pods/b/exec", true)]
    [InlineData("/api/v1/namespaces/a/pods/b/status", false)]
    [InlineData("/api/v1/pods", false)]
    public void Watches_and_connections_are_long_running(string url, bool expected) => Assert.Equal(expected, Parse("GET", url).IsLongRunning);

    private static RequestInfo Parse(string method, string url)
    {
        var at = url.IndexOf('?', StringComparison.Ordinal);
        var context = new DefaultHttpContext();
        context.Request.Method = method;
        context.Request.Path = at < 0 ? url : url[..at];
        context.Request.QueryString = new QueryString(at < 0 ? "" : url[at..]);
        return RequestInfo.Parse(context.Request);
    }
}
