using System.Globalization;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Apply;

public sealed class ManagedFieldsTests
{
    private static readonly Schema Deployment = SchemaCatalog.BuiltIn["io.k8s.api.apps.v1.Deployment"];
    private static readonly Schema ConfigMap = SchemaCatalog.BuiltIn["io.k8s.api.core.v1.ConfigMap"];
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void A_create_by_apply_claims_what_was_sent()
    {
        var made = Apply(null, Config("a", """{"k":"1"}"""), "me");
        Assert.Equal("""[{"manager":"me","operation":"Apply","apiVersion":"v1","time":"2026-01-02T03:04:05Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{"f:k":{}}}}]""",
            made["metadata"]!["managedFields"]!.ToJsonString());
    }

    [Theory]
    [InlineData("""{"data":{"k":"1"},"data":{"k":"2"}}""")]
    [InlineData("""{"data":{"k":"\ud800"}}""")]
    [InlineData("""{"data":7}""")]
    [InlineData("{")]
    public void A_last_applied_annotation_that_cannot_be_read_allows_nothing(string annotation)
    {
        var live = Apply(null, Config("a", """{"k":"1"}"""), "me");
        live["metadata"]!["annotations"] = new JsonObject { ["kubectl.kubernetes.io/last-applied-configuration"] = annotation };
        Assert.Equal(409, Assert.Throws<StatusException>(() => Apply(live, Config("a", """{"k":"2"}"""), "kubectl")).Code);
    }

    [Fact]
    public void Fields_left_out_later_go_and_others_fields_stay()
    {
        var live = Apply(null, Config("a", """{"mine":"1","both":"1"}"""), "me");
        live = Apply(live, Config("a", """{"both":"1","theirs":"2"}"""), "you");
        Assert.Equal("""{"mine":"1","both":"1","theirs":"2"}""", live["data"]!.ToJsonString());
        live = Apply(live, Config("a", null), "me");
        Assert.Equal("""{"both":"1","theirs":"2"}""", live["data"]!.ToJsonString());
        live = Apply(live, Config("a", null), "you");
        Assert.False(live.ContainsKey("data"));
    }

    [Fact]
    public void Another_managers_value_is_a_conflict_until_forced()
    {
        var live = Apply(null, Config("a", """{"k":"1","l":"1"}"""), "me");
        var one = Assert.Throws<StatusException>(() => Apply(live, Config("a", """{"k":"2"}"""), "you"));
        Assert.Equal((409, "Apply failed with 1 conflict: conflict with \"me\": .data.k"), (one.Code, one.Message));
        Assert.Equal("""[{"reason":"FieldManagerConflict","message":"conflict with \u0022me\u0022","field":".data.k"}]""", one.Details!["causes"]!.ToJsonString());
        var two = Assert.Throws<StatusException>(() => Apply(live, Config("a", """{"k":"2","l":"2"}"""), "you"));
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"me\":\n- .data.k\n- .data.l", two.Message);

        var forced = Apply(live, Config("a", """{"k":"2"}"""), "you", force: true);
        Assert.Equal("""{"k":"2","l":"1"}""", forced["data"]!.ToJsonString());
        Assert.Equal("""{"f:data":{"f:l":{}}}""", Fields(forced, "me"));
        Assert.Equal("""{"f:data":{"f:k":{}}}""", Fields(forced, "you"));
    }

    [Fact]
    public void Conflicts_with_an_update_name_its_version()
    {
        var live = Web(3);
        ManagedFields.TrackUpdate(null, live, new("kubectl-create", "apps/v1", Now), Deployment);
        var error = Assert.Throws<StatusException>(() => ManagedFields.Apply(live, Web(5), new("me", "apps/v1", Now), false, Deployment));
        Assert.Equal("Apply failed with 1 conflict: conflict with \"kubectl-create\" using apps/v1: .spec.replicas", error.Message);
    }

    [Fact]
    public void A_creation_is_recorded_as_upstream_does()
    {
        var live = Web(3);
        ManagedFields.TrackUpdate(null, live, new("kubectl-create", "apps/v1", Now), Deployment);
        Assert.Equal(
            """{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:replicas":{},"f:selector":{},"f:template":{"f:metadata":{"f:labels":{".":{},"f:app":{}}},"f:spec":{"f:containers":{"k:{\"name\":\"web\"}":{".":{},"f:image":{},"f:name":{},"f:ports":{".":{},"k:{\"containerPort\":80,\"protocol\":\"TCP\"}":{".":{},"f:containerPort":{}}}}}}}}}""",
            live["metadata"]!["managedFields"]![0]!["fieldsV1"]!.ToJsonString(Documents.Plain));
    }

    [Fact]
    public void An_update_takes_what_it_changes_and_only_that()
    {
        var live = Web(3);
        ManagedFields.TrackUpdate(null, live, new("first", "apps/v1", Now), Deployment);
        var next = live.DeepClone().AsObject();
        next["spec"]!["replicas"] = 4;
        next["metadata"]!["labels"]!.AsObject().Remove("app");
        ManagedFields.TrackUpdate(live, next, new("second", "apps/v1", Now.AddMinutes(1)), Deployment);
        Assert.Equal("""{"f:spec":{"f:replicas":{}}}""", Fields(next, "second"));
        Assert.DoesNotContain("replicas", Fields(next, "first"), StringComparison.Ordinal);
        Assert.StartsWith("""{"f:metadata":{"f:labels":{}},""", Fields(next, "first"), StringComparison.Ordinal);

        var same = next.DeepClone().AsObject();
        ManagedFields.TrackUpdate(next, same, new("third", "apps/v1", Now.AddMinutes(2)), Deployment);
        Assert.True(JsonNode.DeepEquals(next, same));
    }

    [Fact]
    public void A_status_write_has_an_entry_of_its_own()
    {
        var live = Web(3);
        ManagedFields.TrackUpdate(null, live, new("first", "apps/v1", Now) { Ignored = FieldSet.Of("status") }, Deployment);
        var next = live.DeepClone().AsObject();
        next["status"] = new JsonObject { ["replicas"] = 3 };
        ManagedFields.TrackUpdate(live, next, new("first", "apps/v1", Now) { Subresource = "status", Ignored = FieldSet.Of("spec") }, Deployment);
        var entry = next["metadata"]!["managedFields"]!.AsArray().Single(e => e!["subresource"] is not null)!;
        Assert.Equal(("status", """{"f:status":{"f:replicas":{}}}"""), (entry["subresource"]!.ToString(), entry["fieldsV1"]!.ToJsonString()));
    }

    [Fact]
    public void Emptied_managed_fields_start_over()
    {
        var live = Apply(null, Config("a", """{"k":"1"}"""), "me");
        var reset = live.DeepClone().AsObject();
        reset["metadata"]!["managedFields"] = new JsonArray(new JsonObject());
        ManagedFields.TrackUpdate(live, reset, new("you", "v1", Now), ConfigMap);
        Assert.False(reset["metadata"]!.AsObject().ContainsKey("managedFields"));

        var untracked = reset.DeepClone().AsObject();
        untracked["data"]!["k"] = "2";
        ManagedFields.TrackUpdate(reset, untracked, new("you", "v1", Now), ConfigMap);
        Assert.False(untracked["metadata"]!.AsObject().ContainsKey("managedFields"));

        var applied = Apply(untracked, Config("a", """{"k":"2"}"""), "me");
        Assert.Equal("""{"f:data":{".":{},"f:k":{}}}""", Fields(applied, "before-first-apply"));
    }

    [Fact]
    public void Kubectl_goes_over_from_client_side_apply_without_a_conflict()
    {
        var live = Config("a", """{"k":"1","touched":"1"}""");
        live["metadata"]!["annotations"] = new JsonObject { [LastApplied.Annotation] = Config("a", """{"k":"1","touched":"0"}""").ToJsonString() };
        ManagedFields.TrackUpdate(null, live, new("kubectl-client-side-apply", "v1", Now), ConfigMap);
        var next = Apply(live, Config("a", """{"k":"2"}"""), "kubectl");
        Assert.Equal("2", next["data"]!["k"]!.ToString());
        Assert.Contains("\"k\":\"2\"", next.Annotations!.StringAt(LastApplied.Annotation), StringComparison.Ordinal);
        Assert.Throws<StatusException>(() => Apply(live, Config("a", """{"touched":"2"}"""), "kubectl"));
        Assert.Throws<StatusException>(() => Apply(live, Config("a", """{"k":"2"}"""), "other"));
    }

    [Fact]
    public void Keyed_lists_merge_by_key_in_the_applied_order()
    {
        var live = Web(1);
        live["spec"]!["template"]!["spec"]!["containers"] = JsonNode.Parse("""[{"name":"a","image":"1","tty":true},{"name":"s","image":"1"},{"name":"b","image":"1"}]""");
        ManagedFields.TrackUpdate(null, live, new("first", "apps/v1", Now), Deployment);
        var applied = new JsonObject { ["apiVersion"] = "apps/v1", ["kind"] = "Deployment", ["metadata"] = new JsonObject { ["name"] = "web" } };
        applied["spec"] = JsonNode.Parse("""{"template":{"spec":{"containers":[{"name":"b","image":"2"},{"name":"c","image":"2"},{"name":"a","image":"2"}]}}}""");
        var result = ManagedFields.Apply(live, applied, new("me", "apps/v1", Now), true, Deployment);
        Assert.Equal("""[{"name":"s","image":"1"},{"name":"b","image":"2"},{"name":"c","image":"2"},{"name":"a","image":"2","tty":true}]""", Containers(result));

        applied["spec"] = JsonNode.Parse("""{"template":{"spec":{"containers":[{"name":"b","image":"2"}]}}}""");
        result = ManagedFields.Apply(result, applied, new("me", "apps/v1", Now), false, Deployment);
        Assert.Equal("""[{"name":"s","image":"1"},{"name":"b","image":"2"},{"name":"a","tty":true}]""", Containers(result));
    }

    [Fact]
    public void Applying_the_same_again_changes_nothing_not_even_the_time()
    {
        var live = Apply(null, Config("a", """{"k":"1"}"""), "me");
        var again = ManagedFields.Apply(live, Config("a", """{"k":"1"}"""), new("me", "v1", Now.AddHours(1)), false, ConfigMap);
        Assert.True(JsonNode.DeepEquals(live, again));
    }

    [Fact]
    public void Managed_fields_are_not_for_clients_to_apply()
    {
        var applied = Config("a", null);
        applied["metadata"]!["managedFields"] = new JsonArray(new JsonObject());
        Assert.Equal("metadata.managedFields must be nil", Assert.Throws<StatusException>(() => Apply(null, applied, "me")).Message);
    }

    private static string Containers(JsonObject document) => document["spec"]!["template"]!["spec"]!["containers"]!.ToJsonString();

    private static string Fields(JsonObject document, string manager) =>
        document["metadata"]!["managedFields"]!.AsArray().Single(e => e!["manager"]!.ToString() == manager)!["fieldsV1"]!.ToJsonString(Documents.Plain);

    private static JsonObject Apply(JsonObject? live, JsonObject applied, string manager, bool force = false) =>
        ManagedFields.Apply(live, applied, new(manager, "v1", Now), force, ConfigMap);

    private static JsonObject Config(string name, string? data)
    {
        var document = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = name } };
        if (data is not null)
            document["data"] = JsonNode.Parse(data);
        return document;
    }

    private static JsonObject Web(int replicas) => JsonNode.Parse("""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","labels":{"app":"web"}},
         "spec":{"replicas":REPLICAS,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80}]}]}}}}
        """.Replace("REPLICAS", replicas.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))!.AsObject();
}
