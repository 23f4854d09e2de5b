using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;
using Microsoft.AspNetCore.Http;

namespace Ballast.ApiServer.Tests.Endpoints.Connect;

/// <summary><c>pods/log</c> and <c>nodes/proxy</c>, all the way through to a kubelet.</summary>
public sealed class KubeletTests(ApiServerFixture fixture) : IAsyncLifetime
{
    private readonly TestPki _pki = new(Directory.CreateTempSubdirectory("ballast-kubelet-").FullName);
    private readonly TaskCompletionSource _more = new();
    private FakeKubelet? _kubelet;
    private TestApiServer? _server;
    private string _pods = "";
    private string _node = "";
    private string _asked = "";
    private IHeaderDictionary _headers = new HeaderDictionary();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private TestApiServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _kubelet = await FakeKubelet.StartAsync(_pki, ServeAsync);
        _pki.Write("client", _pki.Client("kube-apiserver-kubelet-client", "system:masters"));
        _server = await StartAsync(o => o with { KubeletClientCertificate = _pki.PathOf("client.crt"), KubeletClientKey = _pki.PathOf("client.key") });
        _pods = await NamespaceWithPodsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _more.TrySetResult();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_kubelet is not null)
            await _kubelet.DisposeAsync();
        _pki.Dispose();
        Directory.Delete(_pki.Folder, recursive: true);
    }

    [Fact]
    public async Task A_log_comes_from_the_pods_kubelet_to_which_this_server_shows_its_certificate()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{_pods}/a/log?container=c&tailLines=5&timestamps=true&pretty=true");
        request.Headers.Add("Authorization", "Bearer of-the-client");
        // A certificate comes before a bearer token, which is not the kubelet's to see.
        using var answer = await Server.Admin.SendAsync(request, Cancel);

        Assert.Equal("one\ntwo\n", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("CN=kube-apiserver-kubelet-client", _kubelet!.Caller, StringComparison.Ordinal);
        Assert.Equal($"{_pods.Replace("/api/v1/namespaces", "/containerLogs", StringComparison.Ordinal).Replace("/pods", "", StringComparison.Ordinal)}/a/c?timestamps=true&tailLines=5", _asked);
        Assert.False(_headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task A_log_that_is_followed_comes_line_by_line()
    {
        using var answer = await Server.Admin.GetAsync($"{_pods}/a/log?container=c&follow=true", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel));
        Assert.Equal("one", await lines.ReadLineAsync(Cancel));
        _more.SetResult();
        Assert.Equal("two", await lines.ReadLineAsync(Cancel));
        Assert.Null(await lines.ReadLineAsync(Cancel));
    }

    [Theory]
    [InlineData("waiting", 400, "BadRequest", "container \"waiting\" in pod \"a\" is waiting to start: ContainerCreating")]
    [InlineData("gone", 404, "NotFound", "the server could not find the requested resource ( pods/log a)")]
    [InlineData("broken", 500, "InternalError", "Internal error occurred: no disk")]
    public async Task What_the_kubelet_refuses_is_a_Status(string container, int code, string reason, string message)
    {
        var (answered, status) = await Server.SendAsync(HttpMethod.Get, $"{_pods}/a/log?container={container}");
        Assert.Equal((code, reason, message), ((int)answered, status.StringAt("reason"), status.StringAt("message")));
    }

    [Theory]
    [InlineData("", "a container name must be specified for pod a, choose one of: [c waiting gone broken]")]
    [InlineData("?container=x", "container x is not valid for pod a")]
    public async Task A_container_has_to_be_one_of_the_pods(string query, string message)
    {
        var (code, status) = await Server.SendAsync(HttpMethod.Get, $"{_pods}/a/log{query}");
        Assert.Equal((HttpStatusCode.BadRequest, message), (code, status.StringAt("message")));
    }

    [Fact]
    public async Task A_pod_without_a_node_has_an_empty_log()
    {
        using var answer = await Server.Admin.GetAsync($"{_pods}/unscheduled/log", Cancel);
        Assert.Equal((HttpStatusCode.OK, ""), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel)));
    }

    [Fact]
    public async Task Kubectl_shows_logs_and_why_there_are_none()
    {
        var ns = _pods.Split('/')[4];
        var result = await Server.KubectlAsync($"-n {ns} logs a -c c");
        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal("one\ntwo\n", result.Output);
        result = await Server.KubectlAsync($"-n {ns} logs a -c waiting");
        Assert.Equal("Error from server (BadRequest): container \"waiting\" in pod \"a\" is waiting to start: ContainerCreating\n", result.Error);
    }

    [Fact]
    public async Task A_nodes_proxy_passes_method_path_query_and_body_on()
    {
        using var answer = await Server.Admin.PostAsync($"/api/v1/nodes/{_node}/proxy/echo/it?x=1&y=%2F", new StringContent("said"), Cancel);
        Assert.Equal("POST said", await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("/echo/it?x=1&y=%2F", _asked);
        Assert.Equal(HttpStatusCode.NotFound, (await Server.Admin.GetAsync($"/api/v1/nodes/{_node}/proxy/no/such", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Without_a_certificate_the_kubelet_refuses_this_server()
    {
        await using var server = await StartAsync(o => o);
        var (code, status) = await server.SendAsync(HttpMethod.Get, $"{_pods}/a/log?container=c");
        Assert.Equal((HttpStatusCode.Unauthorized, "the server has asked for the client to provide credentials ( pods/log a)"), (code, status.StringAt("message")));
        Assert.Null(_kubelet!.Caller);
    }

    [Fact]
    public async Task A_kubelet_is_believed_when_the_authority_of_kubelets_vouches_for_it()
    {
        await using var right = await StartAsync(o => o with
        {
            KubeletClientCertificate = _pki.PathOf("client.crt"),
            KubeletClientKey = _pki.PathOf("client.key"),
            KubeletCertificateAuthority = _pki.PathOf("ca.crt"),
        });
        Assert.Equal("one\ntwo\n", await right.Admin.GetStringAsync($"{_pods}/a/log?container=c", Cancel));
        // The API server's own authority is another one.
        await using var wrong = await StartAsync(o => o with { KubeletCertificateAuthority = o.ClientCaFile });
        var (code, status) = await wrong.SendAsync(HttpMethod.Get, $"{_pods}/a/log?container=c");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "ServiceUnavailable"), (code, status.StringAt("reason")));
    }

    private async Task ServeAsync(HttpContext http)
    {
        (_asked, _headers) = (http.Request.Path.ToUriComponent() + http.Request.QueryString, http.Request.Headers);
        switch (http.Request.Path.Value!.Split('/'))
        {
            case ["", "containerLogs", _, _, "waiting"]:
                http.Response.StatusCode = 400;
                await http.Response.WriteAsync("container \"waiting\" in pod \"a\" is waiting to start: ContainerCreating", Cancel);
                break;
            case ["", "containerLogs", _, _, "broken"]:
                http.Response.StatusCode = 500;
                await http.Response.WriteAsync("no disk", Cancel);
                break;
            case ["", "containerLogs", _, _, "c"]:
                http.Response.ContentType = "text/plain";
                await http.Response.WriteAsync("one\n", Cancel);
                await http.Response.Body.FlushAsync(Cancel);
                if (http.Request.Query["follow"] == "true")
                    await _more.Task;
                await http.Response.WriteAsync("two\n", Cancel);
                break;
            case ["", "echo", ..]:
                using (var body = new StreamReader(http.Request.Body))
                    await http.Response.WriteAsync($"{http.Request.Method} {await body.ReadToEndAsync(Cancel)}", Cancel);
                break;
            default:
                http.Response.StatusCode = 404;
                break;
        }
    }

    private Task<TestApiServer> StartAsync(Func<Ballast.ApiServer.Server.ApiServerOptions, Ballast.ApiServer.Server.ApiServerOptions> configure) =>
        TestApiServer.StartAsync(fixture.Etcd, o => configure(o with { KubeletPreferredAddressTypes = ["InternalIP", "Hostname"] }));

    private async Task<string> NamespaceWithPodsAsync()
    {
        var ns = await Server.NamespaceAsync();
        _node = "node-of-" + ns;
        await MustAsync(HttpMethod.Post, "/api/v1/nodes", $$$"""{"metadata":{"name":"{{{_node}}}"}}""");
        await MustAsync(HttpMethod.Patch, $"/api/v1/nodes/{_node}/status",
            $$$"""{"status":{"addresses":[{"type":"Hostname","address":"not.resolved.invalid"},{"type":"InternalIP","address":"127.0.0.1"}],"daemonEndpoints":{"kubeletEndpoint":{"Port":{{{_kubelet!.Port}}} } } } }""");
        await MustAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        await MustAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/pods", Pod("a", _node, "c", "waiting", "gone", "broken"));
        await MustAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/pods", Pod("unscheduled", "", "c"));
        return $"/api/v1/namespaces/{ns}/pods";
    }

    private async Task MustAsync(HttpMethod method, string path, string body)
    {
        var (code, answer) = await Server.SendAsync(method, path, body, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json");
        Assert.True((int)code < 300, answer.ToJsonString());
    }

    private static string Pod(string name, string node, params string[] containers)
    {
        var spec = new JsonObject { ["containers"] = new JsonArray([.. containers.Select(c => new JsonObject { ["name"] = c, ["image"] = "i" })]) };
        if (node.Length > 0)
            spec["nodeName"] = node;
        return new JsonObject { ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec }.ToJsonString();
    }
}
