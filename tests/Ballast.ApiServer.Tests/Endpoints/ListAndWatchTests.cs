using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

public sealed class ListAndWatchTests(ApiServerFixture fixture)
{
    private TestApiServer Server => fixture.Server;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_are_of_one_revision()
    {
        var ns = await FilledAsync("a", "b", "c", "d", "e");
        var (_, first) = await Server.SendAsync(HttpMethod.Get, Path(ns) + "?limit=2");
        Assert.Equal(["a", "b"], Names(first));
        Assert.Equal(3, first.Metadata.LongAt("remainingItemCount"));

        await Server.SendAsync(HttpMethod.Delete, Path(ns, "d"));
        var (_, second) = await Server.SendAsync(HttpMethod.Get, $"{Path(ns)}?limit=2&continue={first.Metadata.StringAt("continue")}");
        Assert.Equal(["c", "d"], Names(second));
        Assert.Equal(first.ResourceVersion, second.ResourceVersion);

        var (_, third) = await Server.SendAsync(HttpMethod.Get, $"{Path(ns)}?limit=2&continue={second.Metadata.StringAt("continue")}");
        Assert.Equal(["e"], Names(third));
        Assert.Null(third.Metadata.StringAt("continue"));
    }

    [Fact]
    public async Task Selectors_choose_by_labels_and_fields()
    {
        var ns = await FilledAsync("a", "b", "c");
        await Server.SendAsync(HttpMethod.Patch, Path(ns, "b"), """{"metadata":{"labels":{"l":"x"}}}""", "application/merge-patch+json");
        Assert.Equal(["b"], await ListAsync(ns, "labelSelector=l"));
        Assert.Equal(["a", "c"], await ListAsync(ns, "labelSelector=l!%3Dx"));
        Assert.Equal(["c"], await ListAsync(ns, "fieldSelector=metadata.name%3Dc"));
        Assert.Equal(["a", "b"], await ListAsync(ns, "fieldSelector=metadata.name!%3Dc"));
        var (code, status) = await Server.SendAsync(HttpMethod.Get, Path(ns) + "?fieldSelector=spec.foo%3Dc");
        Assert.Equal((HttpStatusCode.BadRequest, "\"spec.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""), (code, status.StringAt("message")));
    }

    [Theory]
    [InlineData("resourceVersionMatch=Exact", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Some&resourceVersion=1", "resourceVersionMatch: Unsupported value: \"Some\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("sendInitialEvents=true", "sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData("watch=1&resourceVersionMatch=NotOlderThan", "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=1&sendInitialEvents=true", "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    public async Task Contradicting_options_are_refused_in_upstreams_words(string query, string message)
    {
        var (code, status) = await Server.SendAsync(HttpMethod.Get, "/api/v1/configmaps?" + query);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal($"ListOptions.meta.k8s.io \"\" is invalid: {message}", status.StringAt("message"));
    }

    [Fact]
    public async Task A_version_from_the_future_is_a_timeout_to_retry()
    {
        var (code, status) = await Server.SendAsync(HttpMethod.Get, "/api/v1/configmaps?resourceVersion=999999999&resourceVersionMatch=NotOlderThan");
        Assert.Equal(HttpStatusCode.GatewayTimeout, code);
        Assert.Equal("ResourceVersionTooLarge", status["details"]!["causes"]![0]!["reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Large_lists_are_compressed_where_the_client_takes_it()
    {
        var ns = await Server.NamespaceAsync();
        for (var i = 0; i < 20; i++)
            await Server.SendAsync(HttpMethod.Post, Path(ns), $$$"""{"metadata":{"name":"a{{{i}}}"},"data":{"k":"{{{new string('x', 10_000)}}}"}}""");
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(ns)) { Headers = { { "Accept-Encoding", "gzip" } } };
        using var answer = await Server.Admin.SendAsync(request, Cancel);
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        await using var plain = new GZipStream(await answer.Content.ReadAsStreamAsync(Cancel), CompressionMode.Decompress);
        var list = (await JsonNode.ParseAsync(plain, cancellationToken: Cancel))!.AsObject();
        Assert.Equal(20, list["items"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task A_watch_tells_every_change_once_in_order(string httpVersion)
    {
        var ns = await FilledAsync("a");
        var (_, list) = await Server.SendAsync(HttpMethod.Get, Path(ns));
        using var watch = await WatchAsync($"{Path(ns)}?watch=1&resourceVersion={list.ResourceVersion}", httpVersion);
        await FillAsync(ns, "b");
        await Server.SendAsync(HttpMethod.Patch, Path(ns, "b"), """{"data":{"k":"v"}}""", "application/merge-patch+json");
        await Server.SendAsync(HttpMethod.Delete, Path(ns, "b"));
        Assert.Equal(["ADDED b", "MODIFIED b", "DELETED b"], await watch.NextAsync(3));
    }

    [Fact]
    public async Task A_watch_without_a_version_begins_with_what_there_is()
    {
        var ns = await FilledAsync("a", "b");
        using var watch = await WatchAsync($"{Path(ns)}?watch=1");
        Assert.Equal(["ADDED a", "ADDED b"], await watch.NextAsync(2));
    }

    [Fact]
    public async Task A_streaming_list_ends_its_initial_events_with_a_bookmark()
    {
        var ns = await FilledAsync("a");
        using var watch = await WatchAsync($"{Path(ns)}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal(["ADDED a"], await watch.NextAsync(1));
        var bookmark = await watch.NextEventAsync();
        Assert.Equal("BOOKMARK", bookmark.StringAt("type"));
        Assert.Equal("true", bookmark["object"]!["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_selector_turns_changes_into_comings_and_goings()
    {
        var ns = await FilledAsync("a");
        var (_, list) = await Server.SendAsync(HttpMethod.Get, Path(ns));
        using var watch = await WatchAsync($"{Path(ns)}?watch=1&labelSelector=l%3Dx&resourceVersion={list.ResourceVersion}");
        await Server.SendAsync(HttpMethod.Patch, Path(ns, "a"), """{"metadata":{"labels":{"l":"x"}}}""", "application/merge-patch+json");
        await Server.SendAsync(HttpMethod.Patch, Path(ns, "a"), """{"metadata":{"labels":{"l":"y"}}}""", "application/merge-patch+json");
        Assert.Equal(["ADDED a", "DELETED a"], await watch.NextAsync(2));
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_up()
    {
        using var watch = await WatchAsync("/api/v1/configmaps?watch=1&resourceVersion=0&timeoutSeconds=1&fieldSelector=metadata.name%3Dnone-such");
        Assert.Null(await watch.ReadLineAsync());
    }

    [Fact]
    public async Task A_table_watch_sends_its_columns_once()
    {
        var ns = await FilledAsync("a", "b");
        using var watch = await WatchAsync($"{Path(ns)}?watch=1", accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
        var first = await watch.NextEventAsync();
        var second = await watch.NextEventAsync();
        Assert.Equal("Table", first["object"]!.AsObject().Kind);
        Assert.NotEmpty(first["object"]!["columnDefinitions"]!.AsArray());
        Assert.Null(second["object"]!["columnDefinitions"]);
        Assert.Equal("b", second["object"]!["rows"]![0]!["cells"]![0]!.GetValue<string>());
    }

    [Fact]
    public async Task Metadata_alone_can_be_asked_for()
    {
        var ns = await FilledAsync("a");
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(ns)) { Headers = { { "Accept", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io" } } };
        using var answer = await Server.Admin.SendAsync(request, Cancel);
        var list = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!.AsObject();
        Assert.Equal(("PartialObjectMetadataList", "meta.k8s.io/v1"), (list.Kind, list.ApiVersion));
        var item = list["items"]![0]!.AsObject();
        Assert.Equal(["kind", "apiVersion", "metadata"], item.Select(f => f.Key));
        Assert.Equal("a", item.Name);
    }

    [Fact]
    public async Task What_is_not_served_is_refused_with_what_is()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/configmaps") { Headers = { { "Accept", "application/vnd.kubernetes.protobuf" } } };
        using var answer = await Server.Admin.SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.NotAcceptable, answer.StatusCode);
        Assert.Contains("only the following media types are accepted: application/json, application/yaml", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    private async Task<string> FilledAsync(params string[] names)
    {
        var ns = await Server.NamespaceAsync();
        // What the server itself puts into a namespace is there before the test counts.
        await FillAsync(ns, names);
        return ns;
    }

    private async Task FillAsync(string ns, params string[] names)
    {
        foreach (var name in names)
        {
            var (code, body) = await Server.SendAsync(HttpMethod.Post, Path(ns), $$$"""{"metadata":{"name":"{{{name}}}"}}""");
            Assert.True(code == HttpStatusCode.Created, body.ToJsonString());
        }
    }

    private async Task<IEnumerable<string>> ListAsync(string ns, string query) => Names((await Server.SendAsync(HttpMethod.Get, $"{Path(ns)}?{query}")).Body);

    private static string[] Names(JsonObject list) => [.. list["items"]!.AsArray().Select(i => i!.AsObject().Name)];

    private static string Path(string ns, string name = "") => $"/api/v1/namespaces/{ns}/configmaps" + (name.Length > 0 ? "/" + name : "");

    private Task<WatchStream> WatchAsync(string path, string httpVersion = "2.0", string accept = "application/json") =>
        WatchStream.OpenAsync(Server, path, httpVersion, accept);
}
