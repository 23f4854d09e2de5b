using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>What a list, get or watch answers for every resourceVersion and resourceVersionMatch, in the table's terms of the API's documentation.</summary>
public sealed class ResourceVersionTests(ApiServerFixture fixture)
{
    private TestApiServer Server => fixture.Server;

    /// <summary>$1, $2 and $3 are the versions after a, b and c were made; an answer of <c>+</c> is $3 or newer.</summary>
    [Theory]
    [InlineData("", "abc", "+")]
    [InlineData("limit=2", "ab", "+")]
    [InlineData("resourceVersion=0", "abc", "+")]
    [InlineData("resourceVersion=0&resourceVersionMatch=NotOlderThan", "abc", "+")]
    [InlineData("resourceVersion=$1", "abc", "+")]
    [InlineData("resourceVersion=$1&resourceVersionMatch=NotOlderThan", "abc", "+")]
    [InlineData("resourceVersion=$1&resourceVersionMatch=NotOlderThan&limit=1", "a", "+")]
    [InlineData("resourceVersion=$1&resourceVersionMatch=Exact", "a", "$1")]
    [InlineData("resourceVersion=$2&resourceVersionMatch=Exact", "ab", "$2")]
    [InlineData("resourceVersion=$2&resourceVersionMatch=Exact&limit=1", "a", "$2")]
    [InlineData("resourceVersion=$3&resourceVersionMatch=Exact", "abc", "$3")]
    [InlineData("resourceVersion=$2&limit=5", "ab", "$2")]
    [InlineData("resourceVersion=$2&resourceVersionMatch=Exact&labelSelector=odd", "a", "$2")]
    [InlineData("resourceVersion=$2&resourceVersionMatch=Exact&fieldSelector=metadata.name%3Db", "b", "$2")]
    public async Task Lists_are_of_the_version_asked_for(string query, string names, string version)
    {
        var (ns, versions) = await ThreeVersionsAsync();
        // A consistent read: what is answered from memory after it has seen all three.
        await Server.SendAsync(HttpMethod.Get, Path(ns));
        var (code, list) = await Server.SendAsync(HttpMethod.Get, $"{Path(ns)}?{Filled(query, versions)}");
        Assert.True(code == HttpStatusCode.OK, list.ToJsonString());
        Assert.Equal(names, string.Concat(list["items"]!.AsArray().Select(i => i!.AsObject().Name)));
        var got = long.Parse(list.ResourceVersion, CultureInfo.InvariantCulture);
        if (version == "+")
            Assert.True(got >= versions[2], $"{got} is older than {versions[2]}");
        else
            Assert.Equal(Filled(version, versions), list.ResourceVersion);
    }

    [Theory]
    [InlineData("resourceVersion=x", 400, "invalid resource version: resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax")]
    [InlineData("resourceVersion=-1", 400, "invalid resource version: resourceVersion: Invalid value: \"-1\": strconv.ParseUint: parsing \"-1\": invalid syntax")]
    [InlineData("resourceVersionMatch=NotOlderThan", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Exact", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=0", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")]
    [InlineData("resourceVersionMatch=Newest&resourceVersion=1", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Unsupported value: \"Newest\": supported values: \"Exact\", \"NotOlderThan\", \"\"")]
    [InlineData("resourceVersionMatch=Exact&resourceVersion=1&continue=abc", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided")]
    [InlineData("sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list")]
    [InlineData("continue=$TOKEN&resourceVersion=1", 400, "specifying resource version is not allowed when using continue")]
    [InlineData("continue=%25", 400, "invalid continue token: continue key is not valid: illegal base64 data at input byte 0")]
    [InlineData("continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJzdGFydCI6ImEifQ", 400, "invalid continue token: continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")]
    [InlineData("continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NX0", 400, "invalid continue token: continue key is not valid: encoded start key empty (version meta.k8s.io/v1)")]
    [InlineData("continue=eyJ2IjoidjAiLCJydiI6NSwic3RhcnQiOiJhIn0", 400, "invalid continue token: continue key is not valid: server does not recognize this encoded version v0")]
    [InlineData("limit=1&labelSelector=a%3D%3D%3Db", 400, null)]
    [InlineData("watch=1&resourceVersionMatch=NotOlderThan", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")]
    [InlineData("watch=1&resourceVersionMatch=Exact&resourceVersion=1&sendInitialEvents=true", 422,
        "ListOptions.meta.k8s.io \"\" is invalid: [resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan, resourceVersionMatch: Unsupported value: \"Exact\": supported values: \"NotOlderThan\"]")]
    [InlineData("watch=1&sendInitialEvents=true", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    [InlineData("watch=1&sendInitialEvents=false", 422, "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")]
    public async Task What_contradicts_itself_is_refused(string query, int expected, string? message)
    {
        var (ns, _) = await ThreeVersionsAsync();
        var (_, page) = await Server.SendAsync(HttpMethod.Get, Path(ns) + "?limit=1");
        var (code, status) = await Server.SendAsync(HttpMethod.Get, $"{Path(ns)}?{query.Replace("$TOKEN", page.Metadata.StringAt("continue"), StringComparison.Ordinal)}");
        Assert.Equal(expected, (int)code);
        Assert.Equal(expected, status.LongAt("code"));
        if (message is not null)
            Assert.Equal(message, status.StringAt("message"));
    }

    [Theory]
    [InlineData("?resourceVersion=$N&resourceVersionMatch=NotOlderThan")]
    [InlineData("?resourceVersion=$N")]
    [InlineData("/a?resourceVersion=$N")]
    public async Task A_version_from_the_future_is_a_timeout_with_a_hint(string query)
    {
        var (ns, versions) = await ThreeVersionsAsync();
        var asked = (versions[2] + 1_000_000).ToString(CultureInfo.InvariantCulture);
        using var answer = await Server.Admin.GetAsync(new Uri(Path(ns) + query.Replace("$N", asked, StringComparison.Ordinal), UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
        var status = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject();
        Assert.Equal("Timeout", status.StringAt("reason"));
        Assert.Matches($"^Timeout: Too large resource version: {asked}, current: \\d+$", status.StringAt("message"));
        Assert.Equal("""[{"reason":"ResourceVersionTooLarge","message":"Too large resource version"}]""", status["details"]!["causes"]!.ToJsonString());
        Assert.Equal(1, status["details"]!.AsObject().LongAt("retryAfterSeconds"));
    }

    /// <summary>Each row: the query, and the events that come before one more object is made.</summary>
    [Theory]
    [InlineData("resourceVersion=$1", "ADDED b,ADDED c")]
    [InlineData("resourceVersion=$3", "")]
    [InlineData("resourceVersion=$1&labelSelector=odd", "ADDED c")]
    [InlineData("resourceVersion=$1&fieldSelector=metadata.name!%3Db", "ADDED c")]
    [InlineData("", "ADDED a,ADDED b,ADDED c")]
    [InlineData("resourceVersion=0", "ADDED a,ADDED b,ADDED c")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=true", "ADDED a,ADDED b,ADDED c")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=true&resourceVersion=0&allowWatchBookmarks=1", "ADDED a,ADDED b,ADDED c,END")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=true&resourceVersion=$2&allowWatchBookmarks=1", "ADDED a,ADDED b,ADDED c,END")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=true&allowWatchBookmarks=1&labelSelector=odd", "ADDED a,ADDED c,END")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=true&allowWatchBookmarks=1&labelSelector=none", "END")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=false", "")]
    [InlineData("resourceVersionMatch=NotOlderThan&sendInitialEvents=false&resourceVersion=$2", "ADDED c")]
    public async Task Watches_begin_where_they_are_asked_to(string query, string expected)
    {
        var (ns, versions) = await ThreeVersionsAsync();
        // A consistent list: the cache has them all now, and a watch that takes whatever there is begins with them.
        (await Server.Admin.GetAsync(new Uri(Path(ns), UriKind.Relative), TestContext.Current.CancellationToken)).Dispose();
        using var watch = await WatchStream.OpenAsync(Server, $"{Path(ns)}?watch=1&{Filled(query, versions)}");
        var seen = new List<string>();
        // What is made before the initial events have ended may be one of them.
        while (expected.EndsWith("END", StringComparison.Ordinal) && seen.LastOrDefault() != "END")
            seen.Add(Shown(await watch.NextEventAsync()));
        if (!query.Contains("labelSelector=none", StringComparison.Ordinal))
        {
            _ = await CreateAsync(ns, "e", odd: true);
            while (seen.LastOrDefault() != "ADDED e")
                seen.Add(Shown(await watch.NextEventAsync()));
            seen.RemoveAt(seen.Count - 1);
        }
        Assert.Equal(expected, string.Join(',', seen));
    }

    private static string Shown(JsonObject change)
    {
        var document = change["object"]!.AsObject();
        if (change.StringAt("type") != "BOOKMARK")
            return $"{change.StringAt("type")} {document.Name}";
        Assert.Equal(["kind", "apiVersion", "metadata"], document.Select(f => f.Key));
        Assert.Equal("""{"k8s.io/initial-events-end":"true"}""", document.Annotations?.ToJsonString());
        return "END";
    }

    private async Task<(string Namespace, long[] Versions)> ThreeVersionsAsync()
    {
        var ns = await Server.NamespaceAsync();
        return (ns, [await CreateAsync(ns, "a", odd: true), await CreateAsync(ns, "b", odd: false), await CreateAsync(ns, "c", odd: true)]);
    }

    private async Task<long> CreateAsync(string ns, string name, bool odd)
    {
        var labels = odd ? """{"odd":"1"}""" : "{}";
        var (code, made) = await Server.SendAsync(HttpMethod.Post, Path(ns), $$$"""{"metadata":{"name":"{{{name}}}","labels":{{{labels}}}}}""");
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        return long.Parse(made.ResourceVersion, CultureInfo.InvariantCulture);
    }

    private static string Filled(string text, long[] versions)
    {
        for (var i = 0; i < versions.Length; i++)
            text = text.Replace($"${i + 1}", versions[i].ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
        return text;
    }

    private static string Path(string ns) => $"/api/v1/namespaces/{ns}/configmaps";
}
