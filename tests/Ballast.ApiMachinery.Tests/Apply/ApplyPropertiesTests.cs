using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Schemas;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Apply;

public sealed class ApplyPropertiesTests
{
    private static readonly Schema Deployment = SchemaCatalog.BuiltIn["io.k8s.api.apps.v1.Deployment"];
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Labels are a map, containers a list by key (never empty: an empty one is nobody's), args an atomic list, replicas a scalar.
    private static readonly Gen<string> Container = Gen.Select(Gen.OneOf("a", "b", "c"), Gen.OneOf("1", "2"), Gen.Bool,
        (name, image, args) => $$"""{"name":"{{name}}","image":"{{image}}"{{(args ? ",\"args\":[\"x\",\"y\"]" : "")}}}""");

    private static readonly Gen<JsonObject> Any = Gen.Select(
        Gen.Dictionary(Gen.OneOf("l", "m", "n"), Gen.OneOf("1", "2"))[0, 3], Gen.Int[1, 3], Container.Array[1, 3],
        (labels, replicas, containers) => JsonNode.Parse(
            """{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d","labels":{""" + string.Join(",", labels.Select(l => $"\"{l.Key}\":\"{l.Value}\""))
            + """}},"spec":{"replicas":""" + replicas + ""","template":{"spec":{"containers":[""" + string.Join(",", containers.DistinctBy(c => c[9])) + "]}}}}")!.AsObject());

    [Fact]
    public void Applying_again_changes_nothing() => Gen.Select(Any, Any).Sample((first, second) =>
    {
        var live = Apply(Apply(null, first, "me"), second, "you");
        return JsonNode.DeepEquals(live, Apply(live, second, "you"));
    });

    [Fact]
    public void What_was_applied_is_there_and_owned() => Gen.Select(Any, Any).Sample((first, second) =>
    {
        var live = Apply(Apply(null, first, "me"), second, "you");
        var owned = ManagedEntries.Read(live)[new("you", ManagerId.Apply, "", "")].Fields;
        var over = TypedMerge.Merge(live, second, Deployment);
        return Comparison.Of(live, over, Deployment).Changed.IsEmpty && TypedFields.Of(second, Deployment).Difference(owned).Paths().All(p => p is ".apiVersion" or ".kind" or ".metadata.name");
    });

    [Fact]
    public void What_everyone_gives_up_is_gone() => Gen.Select(Any, Any).Sample((first, second) =>
    {
        var nothing = JsonNode.Parse("""{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"}}""")!.AsObject();
        var live = Apply(Apply(null, first, "me"), second, "you");
        live = Apply(Apply(live, nothing, "me"), nothing, "you");
        return live["metadata"]!.AsObject().All(p => p.Key == "name") && live["spec"] is null;
    });

    [Fact]
    public void After_an_update_each_changed_field_has_one_owner() => Gen.Select(Any, Any).Sample((first, second) =>
    {
        var live = Apply(null, first, "me");
        var next = second.DeepClone().AsObject();
        ManagedFields.TrackUpdate(live, next, new("you", "apps/v1", Now), Deployment);
        var entries = ManagedEntries.Read(next);
        var mine = entries.GetValueOrDefault(new("me", ManagerId.Apply, "", ""))?.Fields ?? FieldSet.Empty;
        var yours = entries.GetValueOrDefault(new("you", ManagerId.Update, "apps/v1", ""))?.Fields ?? FieldSet.Empty;
        return mine.Intersection(yours).IsEmpty;
    });

    private static JsonObject Apply(JsonObject? live, JsonObject applied, string manager) =>
        ManagedFields.Apply(live, applied, new(manager, "apps/v1", Now), true, Deployment);
}
