using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.Testing.ApiServer;
using Ballast.Testing.Etcd;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>What becomes of old versions when etcd forgets them. On an etcd of its own, as others still need theirs.</summary>
public sealed class CompactionTests : IAsyncLifetime
{
    private const string Path = "/api/v1/namespaces/default/configmaps";

    private EtcdCluster? _etcd;
    private TestApiServer? _server;

    private TestApiServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        _etcd = await EtcdCluster.StartAsync();
        _server = await TestApiServer.StartAsync(_etcd);
        await EventuallyServedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        if (_etcd is not null)
            await _etcd.DisposeAsync();
    }

    [Fact]
    public async Task Forgotten_versions_are_gone_and_a_list_can_go_on_inconsistently()
    {
        foreach (var name in "abcd")
            await CreateAsync(name.ToString());
        var (_, first) = await Server.SendAsync(HttpMethod.Get, Path + "?limit=1&labelSelector=mine");
        var old = first.ResourceVersion;
        Assert.Equal(["a"], Names(first));
        await CreateAsync("bb");
        // More changes than a server keeps, so that a watch from the past cannot be served from memory.
        for (var i = 0; i < 120; i++)
            await Server.SendAsync(HttpMethod.Patch, Path + "/d", $$$"""{"data":{"k":"{{{i}}}"}}""", "application/merge-patch+json");
        using (var etcd = _etcd!.CreateClient())
            await etcd.KeyValues.CompactAsync(await NewestAsync(), TestContext.Current.CancellationToken);

        var (code, status) = await Server.SendAsync(HttpMethod.Get, $"{Path}?resourceVersion={old}&resourceVersionMatch=Exact");
        Assert.Equal((HttpStatusCode.Gone, "Expired"), (code, status.StringAt("reason")));
        Assert.Equal("The resourceVersion for the provided list is too old.", status.StringAt("message"));

        (code, status) = await Server.SendAsync(HttpMethod.Get, $"{Path}?limit=2&labelSelector=mine&continue={first.Metadata.StringAt("continue")}");
        Assert.Equal((HttpStatusCode.Gone, "Expired"), (code, status.StringAt("reason")));
        Assert.StartsWith("The provided continue parameter is too old to display a consistent list result.", status.StringAt("message"), StringComparison.Ordinal);

        (code, var rest) = await Server.SendAsync(HttpMethod.Get, $"{Path}?limit=2&labelSelector=mine&continue={status.Metadata.StringAt("continue")}");
        Assert.True(code == HttpStatusCode.OK, rest.ToJsonString());
        Assert.Equal(["b", "bb"], Names(rest));
        Assert.True(long.Parse(rest.ResourceVersion, CultureInfo.InvariantCulture) > long.Parse(old, CultureInfo.InvariantCulture));
        (_, rest) = await Server.SendAsync(HttpMethod.Get, $"{Path}?limit=2&labelSelector=mine&continue={rest.Metadata.StringAt("continue")}");
        Assert.Equal(["c", "d"], Names(rest));

        // The list without a version is as it was.
        (code, _) = await Server.SendAsync(HttpMethod.Get, Path + "?resourceVersion=" + old);
        Assert.Equal(HttpStatusCode.OK, code);
    }

    [Fact]
    public async Task A_watch_from_before_what_is_known_is_told_so()
    {
        await CreateAsync("a");
        // A server that starts now knows nothing of before.
        await using var young = await TestApiServer.StartAsync(_etcd!);
        using var watch = await WatchStream.OpenAsync(young, Path + "?watch=1&resourceVersion=1");
        var change = await watch.NextEventAsync();
        Assert.Equal("ERROR", change.StringAt("type"));
        var status = change["object"]!.AsObject();
        Assert.Equal(("Status", "Failure", "Expired", 410), (status.Kind, status.StringAt("status"), status.StringAt("reason"), status.LongAt("code")));
        Assert.Matches("^too old resource version: 1 \\(\\d+\\)$", status.StringAt("message"));
        Assert.Null(await watch.ReadLineAsync());
    }

    private async Task CreateAsync(string name)
    {
        var (code, made) = await Server.SendAsync(HttpMethod.Post, Path, $$$$"""{"metadata":{"name":"{{{{name}}}}","labels":{"mine":"1"}}}""");
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
    }

    private async Task<long> NewestAsync() =>
        long.Parse((await Server.SendAsync(HttpMethod.Get, Path)).Body.ResourceVersion, CultureInfo.InvariantCulture);

    // The server makes the default namespace itself, a moment after it is ready.
    private Task EventuallyServedAsync() => Testing.Eventually.TrueAsync(
        async () => (await Server.SendAsync(HttpMethod.Get, "/api/v1/namespaces/default")).Code == HttpStatusCode.OK, "the default namespace");

    private static string[] Names(JsonObject list) => [.. list["items"]!.AsArray().Select(i => i!.AsObject().Name)];
}
