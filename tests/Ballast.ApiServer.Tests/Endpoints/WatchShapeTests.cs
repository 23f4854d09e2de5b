using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>Watches of selections, in other shapes than the objects', and up to their end.</summary>
public sealed class WatchShapeTests(ApiServerFixture fixture)
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
    private const string Metadata = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io";
    private const string Merge = "application/merge-patch+json";

    private TestApiServer Server => fixture.Server;

    [Fact]
    public async Task A_field_that_comes_to_match_is_an_arrival_and_one_that_ceases_to_is_a_departure()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        await Ok(HttpMethod.Post, Pods(ns), """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        using var placed = await WatchStream.OpenAsync(Server, Pods(ns) + "?watch=1&fieldSelector=spec.nodeName%3Dnode-1");
        using var pending = await WatchStream.OpenAsync(Server, Pods(ns) + "?watch=1&fieldSelector=spec.nodeName%3D,status.phase%3DPending");
        Assert.Equal(["ADDED p"], await pending.NextAsync(1));

        await Ok(HttpMethod.Post, Pods(ns, "p/binding"), """{"metadata":{"name":"p"},"target":{"kind":"Node","name":"node-1"}}""");
        Assert.Equal(["ADDED p"], await placed.NextAsync(1));
        Assert.Equal(["DELETED p"], await pending.NextAsync(1));

        await Ok(HttpMethod.Patch, Pods(ns, "p/status"), """{"status":{"phase":"Running"}}""");
        Assert.Equal(["MODIFIED p"], await placed.NextAsync(1));
        await Ok(HttpMethod.Delete, Pods(ns, "p?gracePeriodSeconds=0"), null);
        Assert.Equal(["DELETED p"], await placed.NextAsync(1));
    }

    /// <summary>What leaves a selection is shown as it was when it last belonged to it, at the version of its leaving.</summary>
    [Fact]
    public async Task What_leaves_a_selection_is_shown_as_it_was()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a","labels":{"l":"x"}},"data":{"k":"before"}}""");
        using var watch = await WatchStream.OpenAsync(Server, ConfigMaps(ns) + "?watch=1&labelSelector=l%3Dx");
        _ = await watch.NextEventAsync();
        var left = await Ok(HttpMethod.Patch, ConfigMaps(ns, "a"), """{"metadata":{"labels":{"l":null}},"data":{"k":"after"}}""");
        var change = await watch.NextEventAsync();
        Assert.Equal("DELETED", change.StringAt("type"));
        Assert.Equal("before", change["object"]!["data"]!["k"]!.GetValue<string>());
        Assert.Equal(left.ResourceVersion, change["object"]!.AsObject().ResourceVersion);
    }

    [Fact]
    public async Task A_table_of_a_selection_comes_row_by_row()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a","labels":{"l":"x"}},"data":{"k":"v"}}""");
        using var watch = await WatchStream.OpenAsync(Server, ConfigMaps(ns) + "?watch=1&labelSelector=l%3Dx", accept: Table);
        var change = await watch.NextEventAsync();
        Assert.Equal(("ADDED", "Table", "meta.k8s.io/v1"), (change.StringAt("type"), change["object"]!.AsObject().Kind, change["object"]!.AsObject().ApiVersion));
        var row = Assert.Single(change["object"]!["rows"]!.AsArray())!;
        Assert.Equal(["a", "1"], row["cells"]!.AsArray().Take(2).Select(c => c!.ToString()));
        Assert.Equal("PartialObjectMetadata", row["object"]!.AsObject().Kind);

        await Ok(HttpMethod.Patch, ConfigMaps(ns, "a"), """{"data":{"j":"v"}}""");
        change = await watch.NextEventAsync();
        Assert.Equal("MODIFIED", change.StringAt("type"));
        Assert.Equal(["a", "2"], change["object"]!["rows"]![0]!["cells"]!.AsArray().Take(2).Select(c => c!.ToString()));
    }

    [Fact]
    public async Task Metadata_alone_can_be_watched_and_streamed()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a"},"data":{"k":"v"}}""");
        using var watch = await WatchStream.OpenAsync(
            Server, ConfigMaps(ns) + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&fieldSelector=metadata.name%3Da", accept: Metadata);
        var change = await watch.NextEventAsync();
        Assert.Equal(["kind", "apiVersion", "metadata"], change["object"]!.AsObject().Select(f => f.Key));
        Assert.Equal(("PartialObjectMetadata", "meta.k8s.io/v1"), (change["object"]!.AsObject().Kind, change["object"]!.AsObject().ApiVersion));
        var end = await watch.NextEventAsync();
        Assert.Equal(("BOOKMARK", "PartialObjectMetadata"), (end.StringAt("type"), end["object"]!.AsObject().Kind));
        Assert.Equal("true", end["object"]!.AsObject().Annotations?.StringAt("k8s.io/initial-events-end"));
    }

    /// <summary>A client that resumes needs a version that is not old: one comes before the time is up.</summary>
    [Fact]
    public async Task A_watch_that_ends_soon_says_first_how_far_it_was()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a"}}""");
        var (_, list) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns));
        using var watch = await WatchStream.OpenAsync(Server, $"{ConfigMaps(ns)}?watch=1&resourceVersion={list.ResourceVersion}&allowWatchBookmarks=true&timeoutSeconds=3");
        var bookmark = await watch.NextEventAsync();
        Assert.Equal("BOOKMARK", bookmark.StringAt("type"));
        var document = bookmark["object"]!.AsObject();
        Assert.Equal(("ConfigMap", "v1"), (document.Kind, document.ApiVersion));
        Assert.Equal(["resourceVersion"], document.Metadata.Select(f => f.Key));
        while (await watch.ReadLineAsync() is { } line)
            Assert.StartsWith("{\"type\":\"BOOKMARK\"", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_single_object_can_be_watched_by_its_name()
    {
        var ns = await Server.NamespaceAsync();
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a"}}""");
        await Ok(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"aa"}}""");
        foreach (var path in (string[])[$"{ConfigMaps(ns)}?watch=1&fieldSelector=metadata.name%3Da", $"/api/v1/watch/namespaces/{ns}/configmaps/a"])
        {
            using var watch = await WatchStream.OpenAsync(Server, path);
            Assert.Equal(["ADDED a"], await watch.NextAsync(1));
            await Ok(HttpMethod.Patch, ConfigMaps(ns, "aa"), $$$$"""{"data":{"k":"{{{{Guid.NewGuid()}}}}"}}""");
            await Ok(HttpMethod.Patch, ConfigMaps(ns, "a"), $$$$"""{"data":{"k":"{{{{Guid.NewGuid()}}}}"}}""");
            Assert.Equal(["MODIFIED a"], await watch.NextAsync(1));
        }
    }

    private async Task<JsonObject> Ok(HttpMethod method, string path, string? body)
    {
        var (code, answer) = await Server.SendAsync(method, path, body, method == HttpMethod.Patch ? Merge : "application/json");
        Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }

    private static string ConfigMaps(string ns, string name = "") => $"/api/v1/namespaces/{ns}/configmaps" + (name.Length > 0 ? "/" + name : "");

    private static string Pods(string ns, string name = "") => $"/api/v1/namespaces/{ns}/pods" + (name.Length > 0 ? "/" + name : "");
}
