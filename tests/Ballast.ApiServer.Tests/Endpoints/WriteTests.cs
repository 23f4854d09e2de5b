using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

public sealed class WriteTests(ApiServerFixture fixture)
{
    private const string Merge = "application/merge-patch+json";

    private TestApiServer Server => fixture.Server;

    [Fact]
    public async Task A_new_object_gets_what_the_server_owns()
    {
        var ns = await Server.NamespaceAsync();
        var (code, made) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns),
            """{"metadata":{"name":"a","uid":"mine","creationTimestamp":"2001-01-01T00:00:00Z","deletionTimestamp":"2001-01-01T00:00:00Z","generation":7},"data":{"k":"v"}}""");
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.Equal(("v1", "ConfigMap", "a", ns), (made.ApiVersion, made.Kind, made.Name, made.Namespace));
        Assert.True(Guid.TryParse(made.Uid, out _));
        Assert.True(long.Parse(made.ResourceVersion, System.Globalization.CultureInfo.InvariantCulture) > 0);
        Assert.False(made.IsBeingDeleted);
        Assert.Null(made.Metadata["generation"]);
        Assert.NotEqual("2001-01-01T00:00:00Z", made.Metadata.StringAt("creationTimestamp"));
    }

    [Fact]
    public async Task A_name_that_is_taken_is_a_conflict()
    {
        var ns = await Server.NamespaceAsync();
        await CreateAsync(ns, """{"metadata":{"name":"a"}}""");
        var (code, status) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), """{"metadata":{"name":"a"}}""");
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Equal(("AlreadyExists", "configmaps \"a\" already exists"), (status.StringAt("reason"), status.StringAt("message")));
    }

    [Fact]
    public async Task A_generated_name_has_five_letters_of_upstreams_alphabet()
    {
        var ns = await Server.NamespaceAsync();
        var made = await CreateAsync(ns, """{"metadata":{"generateName":"a-"}}""");
        Assert.Matches("^a-[bcdfghjklmnpqrstvwxz2456789]{5}$", made.Name);
    }

    [Theory]
    [InlineData("""{"metadata":{"name":"Upper"}}""", "ConfigMap \"Upper\" is invalid: metadata.name: Invalid value: \"Upper\": a lowercase RFC 1123 subdomain")]
    [InlineData("""{"metadata":{}}""", "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required")]
    [InlineData("""{"metadata":{"name":"a","labels":{"k":"not valid"}}}""", "ConfigMap \"a\" is invalid: metadata.labels: Invalid value: \"not valid\": a valid label must be")]
    [InlineData("""{"metadata":{"name":"a","ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p"}]}}""", "ConfigMap \"a\" is invalid: metadata.ownerReferences.uid: Invalid value: \"\": must not be empty")]
    public async Task Bad_metadata_is_refused_in_upstreams_words(string body, string message)
    {
        var ns = await Server.NamespaceAsync();
        var (code, status) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), body);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal("Invalid", status.StringAt("reason"));
        Assert.StartsWith(message, status.StringAt("message"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"apiVersion":"apps/v1","kind":"ConfigMap","metadata":{"name":"a"}}""", "the API version in the data (apps/v1) does not match the expected API version (v1)")]
    [InlineData("""{"metadata":{"name":"a","namespace":"other"}}""", "the namespace of the provided object does not match the namespace sent on the request")]
    [InlineData("""{"metadata":{"name":"a","resourceVersion":"1"}}""", "resourceVersion should not be set on objects to be created")]
    [InlineData("""{"metadata":{"name":"a"},"data":{"k":1}}""", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string")]
    public async Task What_cannot_be_meant_is_a_bad_request(string body, string message)
    {
        var ns = await Server.NamespaceAsync();
        var (code, status) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), body);
        Assert.Equal((HttpStatusCode.BadRequest, message), (code, status.StringAt("message")));
    }

    [Fact]
    public async Task An_update_from_an_old_version_is_refused_and_one_without_a_version_is_not()
    {
        var ns = await Server.NamespaceAsync();
        var first = await CreateAsync(ns, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        var (code, second) = await Server.SendAsync(HttpMethod.Put, ConfigMaps(ns, "a"), """{"metadata":{"name":"a"},"data":{"k":"2"}}""");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(first.Uid, second.Uid);

        first["data"]!["k"] = "3";
        (code, var status) = await Server.SendAsync(HttpMethod.Put, ConfigMaps(ns, "a"), first.ToJsonString());
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Equal("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again", status.StringAt("message"));
    }

    [Fact]
    public async Task An_update_that_changes_nothing_is_no_write()
    {
        var ns = await Server.NamespaceAsync();
        var made = await CreateAsync(ns, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        var (_, same) = await Server.SendAsync(HttpMethod.Put, ConfigMaps(ns, "a"), made.ToJsonString());
        Assert.Equal(made.ResourceVersion, same.ResourceVersion);
    }

    [Fact]
    public async Task Concurrent_patches_are_all_carried_out()
    {
        var ns = await Server.NamespaceAsync();
        await CreateAsync(ns, """{"metadata":{"name":"a"}}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), $$$"""{"data":{"k{{{i}}}":"v"}}""", Merge)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.Code));
        var (_, all) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns, "a"));
        Assert.Equal(20, all["data"]!.AsObject().Count);
    }

    [Fact]
    public async Task Every_kind_of_patch_is_taken_and_others_are_refused_with_the_list()
    {
        var ns = await Server.NamespaceAsync();
        await CreateAsync(ns, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        await Ok("""[{"op":"test","path":"/data/k","value":"1"},{"op":"add","path":"/data/j","value":"2"}]""", "application/json-patch+json");
        await Ok("""{"data":{"k":null}}""", Merge);
        await Ok("""{"data":{"s":"3"}}""", "application/strategic-merge-patch+json");
        var (_, result) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns, "a"));
        Assert.Equal("""{"j":"2","s":"3"}""", result["data"]!.ToJsonString());

        var (code, status) = await Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), "{}", "application/json");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, code);
        Assert.Equal(
            "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
            status.StringAt("message"));

        async Task Ok(string patch, string type)
        {
            var (answer, body) = await Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), patch, type);
            Assert.True(answer == HttpStatusCode.OK, body.ToJsonString());
        }
    }

    [Fact]
    public async Task Apply_creates_owns_and_gives_up_fields()
    {
        var ns = await Server.NamespaceAsync();
        const string Apply = "application/apply-patch+yaml";
        var path = ConfigMaps(ns, "a") + "?fieldManager=one";
        var (code, made) = await Server.SendAsync(HttpMethod.Patch, path, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1', y: '1'}\n", Apply);
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        Assert.Equal("one", made.Metadata["managedFields"]![0]!["manager"]!.GetValue<string>());

        (code, var changed) = await Server.SendAsync(HttpMethod.Patch, path, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '1'}\n", Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal("""{"x":"1"}""", changed["data"]!.ToJsonString());

        (code, var conflict) = await Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a") + "?fieldManager=two", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: '2'}\n", Apply);
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Contains("conflict with \"one\": .data.x", conflict.StringAt("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_answers_as_the_write_would_and_writes_nothing()
    {
        var ns = await Server.NamespaceAsync();
        var (code, made) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns) + "?dryRun=All", """{"metadata":{"name":"a"}}""");
        Assert.Equal(HttpStatusCode.Created, code);
        Assert.NotEqual("", made.Uid);
        (code, _) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns, "a"));
        Assert.Equal(HttpStatusCode.NotFound, code);
        (code, var status) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns) + "?dryRun=Some", """{"metadata":{"name":"a"}}""");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal("CreateOptions.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: \"Some\": supported values: \"All\"", status.StringAt("message"));
    }

    [Theory]
    [InlineData("Strict", HttpStatusCode.BadRequest)]
    [InlineData("Warn", HttpStatusCode.Created)]
    [InlineData("Ignore", HttpStatusCode.Created)]
    public async Task Unknown_and_repeated_fields_are_treated_as_asked(string validation, HttpStatusCode expected)
    {
        var ns = await Server.NamespaceAsync();
        using var answer = await Server.Admin.PostAsync(new Uri($"{ConfigMaps(ns)}?fieldValidation={validation}", UriKind.Relative),
            new StringContent("""{"metadata":{"name":"a"},"dat":{},"data":{"k":"1"},"data":{"k":"2"}}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json")), TestContext.Current.CancellationToken);
        Assert.Equal(expected, answer.StatusCode);
        var warnings = answer.Headers.TryGetValues("Warning", out var found) ? found.ToArray() : [];
        if (validation == "Warn")
            Assert.Equal(["299 - \"unknown field \\\"dat\\\"\"", "299 - \"duplicate field \\\"data\\\"\""], warnings);
        else
            Assert.Empty(warnings);
        if (validation == "Strict")
            Assert.Contains("strict decoding error: unknown field \\\"dat\\\", duplicate field \\\"data\\\"", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("application/merge-patch+json", """{"foo":1,"metadata":{"bar":2}}""", 422, "strict decoding error: unknown field \\\"foo\\\", unknown field \\\"metadata.bar\\\"")]
    [InlineData("application/json-patch+json", """[{"op":"add","path":"/data/b","value":"1","foo":1}]""", 422, "strict decoding error: json patch unknown field \\\"[0].foo\\\"")]
    [InlineData("application/strategic-merge-patch+json", """{"foo":1}""", 422, "\" \\\"\\\" is invalid: patch: Invalid value: \\\"map[foo:1]\\\": strict decoding error: unknown field \\\"foo\\\"\"")]
    [InlineData("application/strategic-merge-patch+json", """{"data":"x"}""", 422, "\" \\\"\\\" is invalid: patch: Invalid value: \\\"map[data:x]\\\": cannot restore map from string\"")]
    [InlineData("application/merge-patch+json", """{"data":["x"]}""", 422, "json: cannot unmarshal array into Go struct field ConfigMap.data of type map[string]string")]
    [InlineData("application/merge-patch+json", "[1]", 400, "\"error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}\"")]
    [InlineData("application/merge-patch+json", "{x", 400, "\"error decoding patch: invalid character 'x' looking for beginning of object key string\"")]
    [InlineData("application/json-patch+json", "{}", 400, "\"error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp\"")]
    public async Task A_patch_that_cannot_be_taken_is_refused_in_upstreams_words(string type, string patch, int expected, string words)
    {
        var ns = await Server.NamespaceAsync();
        await CreateAsync(ns, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        var (code, status) = await Server.SendAsync(HttpMethod.Patch, $"{ConfigMaps(ns, "a")}?fieldValidation=Strict", patch, type);
        Assert.Equal(expected, (int)code);
        Assert.Contains(words, status["message"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Ignore")]
    [InlineData("Strict")]
    public async Task What_is_applied_has_no_fields_that_the_kind_does_not_have(string validation)
    {
        var ns = await Server.NamespaceAsync();
        var (code, status) = await Server.SendAsync(HttpMethod.Patch, $"{ConfigMaps(ns, "a")}?fieldManager=test&fieldValidation={validation}",
            $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"{{{ns}}}"},"foo":1,"data":{"k":1}}""", "application/apply-patch+yaml");
        Assert.Equal(HttpStatusCode.InternalServerError, code);
        Assert.Null(status["reason"]);
        Assert.Equal($"failed to create typed patch object ({ns}/a; /v1, Kind=ConfigMap): errors:\n  .data.k: expected string, got &value.valueUnstructured{{Value:1}}\n  .foo: field not declared in schema",
            status.StringAt("message"));
    }

    [Fact]
    public async Task Bodies_may_be_yaml_and_so_may_answers()
    {
        var ns = await Server.NamespaceAsync();
        var (code, _) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), "metadata:\n  name: a\ndata:\n  k: \"1\"\n  text: |\n    two\n    lines\n", "application/yaml");
        Assert.Equal(HttpStatusCode.Created, code);
        using var request = new HttpRequestMessage(HttpMethod.Get, ConfigMaps(ns, "a")) { Headers = { { "Accept", "application/yaml" } } };
        using var answer = await Server.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("application/yaml", answer.Content.Headers.ContentType?.MediaType);
        var yaml = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.StartsWith("apiVersion: v1\ndata:\n  k: \"1\"\n  text: |\n    two\n    lines\nkind: ConfigMap\n", yaml, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_much_too_deep_or_broken_bodies_are_told_apart()
    {
        var ns = await Server.NamespaceAsync();
        var (code, status) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), $$$"""{"metadata":{"name":"a"},"data":{"k":"{{{new string('x', 3 * 1024 * 1024)}}}"}}""");
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "RequestEntityTooLarge"), (code, status.StringAt("reason")));
        (code, _) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), string.Concat(Enumerable.Repeat("""{"a":""", 100_000)));
        Assert.Equal(HttpStatusCode.BadRequest, code);
        (code, _) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), "{");
        Assert.Equal(HttpStatusCode.BadRequest, code);
        (code, _) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), "[]");
        Assert.Equal(HttpStatusCode.BadRequest, code);
        (code, _) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), "<a/>", "text/xml");
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, code);
    }

    [Fact]
    public async Task A_finalizer_holds_an_object_until_it_is_taken_off()
    {
        var ns = await Server.NamespaceAsync();
        await CreateAsync(ns, """{"metadata":{"name":"a","finalizers":["example.com/hold"]}}""");
        var (code, held) = await Server.SendAsync(HttpMethod.Delete, ConfigMaps(ns, "a"));
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.True(held.IsBeingDeleted);

        (code, var refused) = await Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), """{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}""", Merge);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, code);
        Assert.Contains("no new finalizers can be added if the object is being deleted, found new finalizers []string{\"example.com/more\"}", refused.StringAt("message"), StringComparison.Ordinal);

        (code, _) = await Server.SendAsync(HttpMethod.Patch, ConfigMaps(ns, "a"), """{"metadata":{"finalizers":null}}""", Merge);
        Assert.Equal(HttpStatusCode.OK, code);
        (code, _) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns, "a"));
        Assert.Equal(HttpStatusCode.NotFound, code);
    }

    [Fact]
    public async Task A_deletion_says_what_it_deleted_and_keeps_to_its_preconditions()
    {
        var ns = await Server.NamespaceAsync();
        var made = await CreateAsync(ns, """{"metadata":{"name":"a"}}""");
        var (code, status) = await Server.SendAsync(HttpMethod.Delete, ConfigMaps(ns, "a"), """{"kind":"DeleteOptions","apiVersion":"v1","preconditions":{"uid":"other"}}""");
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Contains("the UID in the precondition (other) does not match the UID in record", status.StringAt("message"), StringComparison.Ordinal);
        (code, status) = await Server.SendAsync(HttpMethod.Delete, ConfigMaps(ns, "a"));
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal($$$"""{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Success","details":{"name":"a","kind":"configmaps","uid":"{{{made.Uid}}}"}}""", status.ToJsonString());
        (code, status) = await Server.SendAsync(HttpMethod.Delete, ConfigMaps(ns, "a"));
        Assert.Equal((HttpStatusCode.NotFound, "configmaps \"a\" not found"), (code, status.StringAt("message")));
    }

    [Fact]
    public async Task A_collection_is_deleted_by_selector()
    {
        var ns = await Server.NamespaceAsync();
        foreach (var (name, label) in new[] { ("a", "x"), ("b", "x"), ("c", "y") })
            await CreateAsync(ns, $$$$"""{"metadata":{"name":"{{{{name}}}}","labels":{"l":"{{{{label}}}}"}}}""");
        var (code, deleted) = await Server.SendAsync(HttpMethod.Delete, ConfigMaps(ns) + "?labelSelector=l%3Dx");
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Equal(["a", "b"], deleted["items"]!.AsArray().Select(i => i!.AsObject().Name));
        var (_, left) = await Server.SendAsync(HttpMethod.Get, ConfigMaps(ns));
        Assert.Equal(["c"], left["items"]!.AsArray().Select(i => i!.AsObject().Name));
    }

    private async Task<JsonObject> CreateAsync(string ns, string body)
    {
        var (code, made) = await Server.SendAsync(HttpMethod.Post, ConfigMaps(ns), body);
        Assert.True(code == HttpStatusCode.Created, made.ToJsonString());
        return made;
    }

    private static string ConfigMaps(string ns, string name = "") => $"/api/v1/namespaces/{ns}/configmaps" + (name.Length > 0 ? "/" + name : "");
}
