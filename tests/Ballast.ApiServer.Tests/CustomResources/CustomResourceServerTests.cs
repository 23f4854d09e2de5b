using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.Client;
using Ballast.Testing;
using Ballast.Testing.ApiServer;
using Ballast.Testing.Etcd;

namespace Ballast.ApiServer.Tests.CustomResources;

/// <summary>Two API servers on one etcd.</summary>
public sealed class TwoServers : IAsyncLifetime
{
    private EtcdCluster _etcd = null!;

    public TestApiServer First { get; private set; } = null!;

    public TestApiServer Second { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _etcd = await EtcdCluster.StartAsync();
        First = await TestApiServer.StartAsync(_etcd);
        Second = await TestApiServer.StartAsync(_etcd);
    }

    public async ValueTask DisposeAsync()
    {
        await Second.DisposeAsync();
        await First.DisposeAsync();
        await _etcd.DisposeAsync();
    }
}

public sealed class CustomResourceServerTests(TwoServers servers) : IClassFixture<TwoServers>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly TestApiServer _server = servers.First;
    private readonly Widgets _widgets = Widgets.InNewGroup();

    [Fact]
    public async Task What_nests_as_deep_as_may_be_is_written_read_listed_watched_patched_and_removed()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        // Within the object and its spec.
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", JsonText.MaxDepth - 2)) + "1" + new string('}', JsonText.MaxDepth - 2);
        var widget = _widgets.Widget("a", $$"""{"free":{{deep}}}""");
        var (code, body) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("a", $$$"""{"free":{"a":{{{deep}}}}}"""));
        Assert.Equal((HttpStatusCode.BadRequest, true), (code, body.StringAt("message")!.Contains("exceeded max depth", StringComparison.Ordinal)));

        (code, body) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), widget);
        Assert.True(code == HttpStatusCode.Created, body.StringAt("message"));
        (code, body) = await _server.SendAsync(HttpMethod.Patch, _widgets.Path(ns) + "/a", """{"metadata":{"labels":{"x":"y"}}}""", "application/merge-patch+json");
        Assert.True(code == HttpStatusCode.OK, body.StringAt("message"));
        (code, body) = await _server.SendAsync(HttpMethod.Patch, _widgets.Path(ns) + "/a?fieldManager=m&force=true", widget, "application/apply-patch+yaml");
        Assert.True(code == HttpStatusCode.OK, body.StringAt("message"));
        foreach (var accept in (string[])["application/json", "application/yaml", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, _widgets.Path(ns)) { Headers = { { "Accept", accept } } };
            using var answer = await _server.Admin.SendAsync(request, Cancel);
            Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        }
        // The garbage collector follows every kind: its client must be able to read this too.
        using var client = ClientFactory.Create(_server.KubeconfigPath, "test");
        var listed = await client.MetadataOf(new(_widgets.Group, "v1", "widgets")).ListAsync(ListScope.All, Cancel);
        Assert.Single(listed.Items);
        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(HttpMethod.Delete, _widgets.CrdPath)).Code);
        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Get, _widgets.CrdPath)).Code == HttpStatusCode.NotFound, "the CRD's end");
    }

    [Fact]
    public async Task Every_server_serves_it_within_a_second_and_drops_it_within_a_second()
    {
        await _widgets.EstablishAsync(_server);
        var established = System.Diagnostics.Stopwatch.StartNew();
        var ns = await _server.NamespaceAsync();
        await Eventually.TrueAsync(async () => (await servers.Second.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("a"))).Code == HttpStatusCode.Created);
        Assert.True(established.Elapsed < TimeSpan.FromSeconds(1), $"served after {established.Elapsed}");

        var crd = (await servers.Second.SendAsync(HttpMethod.Get, _widgets.CrdPath)).Body;
        Assert.Equal(("True", "NoConflicts", "no conflicts found"), Widgets.Condition(crd, "NamesAccepted"));
        Assert.Equal(("True", "InitialNamesAccepted", "the initial names have been accepted"), Widgets.Condition(crd, "Established"));
        Assert.Equal("""{"plural":"widgets","kind":"Widget","singular":"widget","listKind":"WidgetList","categories":["gadgets"],"shortNames":["wd"]}""",
            Sorted(crd["status"]!["acceptedNames"]!.AsObject()));
        Assert.Equal("""["v1"]""", crd["status"]!["storedVersions"]!.ToJsonString());

        Assert.Equal(HttpStatusCode.OK, (await _server.SendAsync(HttpMethod.Delete, _widgets.CrdPath)).Code);
        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Get, _widgets.CrdPath)).Code == HttpStatusCode.NotFound, "the CRD's end");
        var gone = System.Diagnostics.Stopwatch.StartNew();
        foreach (var server in (TestApiServer[])[servers.First, servers.Second])
            await Eventually.TrueAsync(async () => (await server.Admin.GetAsync(_widgets.Path(ns))).StatusCode == HttpStatusCode.NotFound, "404");
        Assert.True(gone.Elapsed < TimeSpan.FromSeconds(1), $"dropped after {gone.Elapsed}");

        // The instances are gone too: the same CRD, made anew, has none.
        await _widgets.EstablishAsync(_server);
        Assert.Empty((await _server.SendAsync(HttpMethod.Get, _widgets.Path(ns))).Body["items"]!.AsArray());
    }

    [Fact]
    public async Task A_finalizer_on_an_instance_holds_the_definition()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        var held = JsonNode.Parse(_widgets.Widget("held"))!;
        held["metadata"]!["finalizers"] = new JsonArray("example.com/wait");
        _ = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), held.ToJsonString());
        var deleted = (await _server.SendAsync(HttpMethod.Delete, _widgets.CrdPath)).Body;
        Assert.Equal("""["customresourcecleanup.apiextensions.k8s.io"]""", deleted["metadata"]!["finalizers"]!.ToJsonString());
        Assert.Equal(("True", "InstanceDeletionPending", "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon"), Widgets.Condition(deleted, "Terminating"));

        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Get, $"{_widgets.Path(ns)}/held")).Body["metadata"]!["deletionTimestamp"] is not null);
        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("late"))).Code == HttpStatusCode.MethodNotAllowed);
        var (code, _) = await _server.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/held", """{"metadata":{"finalizers":null}}""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, code);
        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Get, _widgets.CrdPath)).Code == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Instances_are_pruned_defaulted_and_validated()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        var (_, made) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns),
            _widgets.Widget("a", """{"color":"green","port":"http","parts":[{"name":"x"}],"unknown":1,"free":{"any":[1]}}"""));
        Assert.Equal("""{"color":"green","port":"http","parts":[{"name":"x","size":3}],"free":{"any":[1]},"replicas":1}""", made["spec"]!.ToJsonString());
        Assert.Equal(1, made["metadata"]!["generation"]!.GetValue<int>());

        var (code, refused) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns),
            _widgets.Widget("b", """{"replicas":"3","color":"blue","parts":[{"name":"x"},{"name":"x"}],"tags":["t","t"]}"""));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(
            $"Widget.{_widgets.Group} \"b\" is invalid: [spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\", "
            + "spec.color: Unsupported value: \"blue\": supported values: \"red\", \"green\", spec.parts[1]: Duplicate value: {\"name\":\"x\"}, spec.tags[1]: Duplicate value: \"t\"]",
            refused["message"]!.ToString());

        var strict = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns) + "?fieldValidation=Strict", _widgets.Widget("c", """{"unknown":1}"""));
        Assert.Equal("Widget in version \"v1\" cannot be handled as a Widget: strict decoding error: unknown field \"spec.unknown\"", strict.Body["message"]!.ToString());

        var strategic = await _server.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/a", "{}", "application/strategic-merge-patch+json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, strategic.Code);
        Assert.StartsWith("the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json",
            strategic.Body["message"]!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_default_that_came_later_shows_on_objects_that_were_there_before()
    {
        var crd = _widgets.Crd();
        var properties = crd["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!["properties"]!.AsObject();
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        _ = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("a", """{"port":80}"""));
        properties["shape"] = new JsonObject { ["type"] = "string", ["default"] = "round" };
        _ = properties.Remove("port");
        var (code, _) = await _server.SendAsync(HttpMethod.Patch, _widgets.CrdPath, new JsonObject { ["spec"] = crd["spec"]!.DeepClone() }.ToJsonString(), "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.OK, code);
        // A merge patch replaces the versions as a whole.
        await Eventually.TrueAsync(async () => (await _server.SendAsync(HttpMethod.Get, $"{_widgets.Path(ns)}/a")).Body["spec"]!["shape"] is not null);
        var read = (await _server.SendAsync(HttpMethod.Get, $"{_widgets.Path(ns)}/a")).Body;
        Assert.Equal("""{"replicas":1,"color":"red","shape":"round"}""", read["spec"]!.ToJsonString());
        var listed = (await _server.SendAsync(HttpMethod.Get, _widgets.Path(ns))).Body["items"]![0]!;
        Assert.Equal("round", listed["spec"]!["shape"]!.ToString());
        // What only the schema adds is no change: the generation stays.
        var (_, same) = await _server.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/a", """{"metadata":{"labels":{"x":"y"}}}""", "application/merge-patch+json");
        Assert.Equal(1, same["metadata"]!["generation"]!.GetValue<int>());
    }

    [Fact]
    public async Task Status_is_apart_and_only_the_spec_counts_generations()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        var sent = JsonNode.Parse(_widgets.Widget("a"))!.AsObject();
        sent["status"] = new JsonObject { ["replicas"] = 5 };
        var (_, made) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), sent.ToJsonString());
        Assert.Null(made["status"]);

        var (_, status) = await _server.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/a/status",
            """{"metadata":{"labels":{"no":"no"}},"spec":{"replicas":7},"status":{"replicas":2}}""", "application/merge-patch+json");
        Assert.Equal(("2", "1", "1"), (status["status"]!["replicas"]!.ToString(), status["spec"]!["replicas"]!.ToString(), status["metadata"]!["generation"]!.ToString()));
        Assert.Null(status["metadata"]!["labels"]);
        var (_, main) = await _server.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/a",
            """{"spec":{"replicas":7},"status":{"replicas":9}}""", "application/merge-patch+json");
        Assert.Equal(("2", "7", "2"), (main["status"]!["replicas"]!.ToString(), main["spec"]!["replicas"]!.ToString(), main["metadata"]!["generation"]!.ToString()));
    }

    [Fact]
    public async Task Another_version_shows_the_same_objects_by_its_own_schema()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        _ = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("a", """{"replicas":4}"""));
        using var beta = await _server.Admin.GetAsync($"{_widgets.Path(ns, "v1beta1")}/a", Cancel);
        var read = JsonNode.Parse(await beta.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal(($"{_widgets.Group}/v1beta1", """{"color":"red"}"""), (read["apiVersion"]!.ToString(), read["spec"]!.ToJsonString()));
        Assert.Contains($"299 - \"{_widgets.Group}/v1beta1 Widget is deprecated\"", beta.Headers.GetValues("Warning"));
        Assert.Equal(HttpStatusCode.NotFound, (await _server.SendAsync(HttpMethod.Get, $"{_widgets.Path(ns, "v1beta1")}/a/status")).Code);
        var (code, blue) = await _server.SendAsync(HttpMethod.Post, _widgets.Path(ns, "v1beta1"),
            _widgets.Widget("b", """{"color":"blue"}""").Replace("/v1\"", "/v1beta1\"", StringComparison.Ordinal));
        Assert.Equal((HttpStatusCode.Created, "blue"), (code, blue["spec"]!["color"]!.ToString()));
    }

    [Fact]
    public async Task Names_that_another_definition_has_are_refused_until_they_are_free()
    {
        await _widgets.EstablishAsync(_server);
        var rival = JsonNode.Parse(_widgets.Crd().ToJsonString().Replace("widgets", "gizmos", StringComparison.Ordinal))!.AsObject();
        _ = await servers.Second.SendAsync(HttpMethod.Post, Widgets.Crds, rival.ToJsonString());
        var path = $"{Widgets.Crds}/gizmos.{_widgets.Group}";
        await Eventually.TrueAsync(async () => Widgets.Condition((await _server.SendAsync(HttpMethod.Get, path)).Body, "NamesAccepted") is { Status: "False" });
        var refused = (await _server.SendAsync(HttpMethod.Get, path)).Body;
        Assert.Equal(("False", "ListKindConflict", "\"WidgetList\" is already in use"), Widgets.Condition(refused, "NamesAccepted"));
        Assert.Equal(("False", "NotAccepted", "not all names are accepted"), Widgets.Condition(refused, "Established"));

        _ = await _server.SendAsync(HttpMethod.Delete, _widgets.CrdPath);
        await Eventually.TrueAsync(async () => Widgets.Condition((await _server.SendAsync(HttpMethod.Get, path)).Body, "Established") is { Status: "True" });
    }

    [Fact]
    public async Task A_watch_follows_and_a_selectable_field_selects()
    {
        await _widgets.EstablishAsync(_server);
        var ns = await _server.NamespaceAsync();
        using var answer = await _server.Admin.GetAsync($"{_widgets.Path(ns)}?watch=1&fieldSelector=spec.color%3Dgreen", HttpCompletionOption.ResponseHeadersRead, Cancel);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(Cancel));
        _ = await servers.Second.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("red"));
        _ = await servers.Second.SendAsync(HttpMethod.Post, _widgets.Path(ns), _widgets.Widget("green", """{"color":"green"}"""));
        var added = JsonNode.Parse((await lines.ReadLineAsync(Cancel))!)!;
        Assert.Equal(("ADDED", "green"), (added["type"]!.ToString(), added["object"]!["metadata"]!["name"]!.ToString()));
        _ = await servers.Second.SendAsync(HttpMethod.Patch, $"{_widgets.Path(ns)}/green", """{"spec":{"color":"red"}}""", "application/merge-patch+json");
        Assert.Equal("DELETED", JsonNode.Parse((await lines.ReadLineAsync(Cancel))!)!["type"]!.ToString());

        var (code, unknown) = await _server.SendAsync(HttpMethod.Get, $"{_widgets.Path(ns)}?fieldSelector=spec.port%3D1");
        Assert.Equal((HttpStatusCode.BadRequest, "field label not supported: spec.port"), (code, unknown["message"]!.ToString()));
    }

    private static string Sorted(JsonObject names)
    {
        var order = new[] { "plural", "kind", "singular", "listKind", "categories", "shortNames" };
        return new JsonObject(order.Select(n => KeyValuePair.Create(n, names[n]?.DeepClone()))).ToJsonString();
    }
}
