using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using Ballast.ApiMachinery.Schemas;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Patches;

public sealed class StrategicMergePatchTests
{
    private static readonly Schema PodSpec = SchemaCatalog.BuiltIn["io.k8s.api.core.v1.PodSpec"];
    private static readonly Schema Deployment = SchemaCatalog.BuiltIn["io.k8s.api.apps.v1.Deployment"];

    [Theory]
    // Containers merge by name; what only the patch has stands in front of what only the server has.
    [InlineData("""{"containers":[{"name":"a","image":"1"},{"name":"b"}]}""", """{"containers":[{"name":"a","image":"2"}]}""", """{"containers":[{"name":"a","image":"2"},{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"name":"z","image":"1"}]}""", """{"containers":[{"name":"z","image":"1"},{"name":"a"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"name":"a","$patch":"delete"}]}""", """{"containers":[{"name":"b"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"containers":[{"$patch":"replace"},{"name":"c"}]}""", """{"containers":[{"name":"c"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"b"}]}""", """{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}]}""", """{"containers":[{"name":"b"},{"name":"a"}]}""")]
    [InlineData("""{"containers":[{"name":"a"},{"name":"s"},{"name":"b"}]}""", """{"$setElementOrder/containers":[{"name":"c"},{"name":"a"},{"name":"b"}],"containers":[{"name":"c"}]}""", """{"containers":[{"name":"c"},{"name":"a"},{"name":"s"},{"name":"b"}]}""")]
    // Lists without a strategy are replaced, maps merge, nulls delete.
    [InlineData("""{"tolerations":[{"key":"a"}]}""", """{"tolerations":[{"key":"b"}]}""", """{"tolerations":[{"key":"b"}]}""")]
    [InlineData("""{"nodeSelector":{"a":"1"}}""", """{"nodeSelector":{"b":"2"}}""", """{"nodeSelector":{"a":"1","b":"2"}}""")]
    [InlineData("""{"nodeSelector":{"a":"1"},"hostNetwork":true}""", """{"nodeSelector":{"a":null},"hostNetwork":null}""", """{"nodeSelector":{}}""")]
    [InlineData("""{"nodeSelector":{"a":"1"}}""", """{"nodeSelector":{"$patch":"replace","b":"2"}}""", """{"nodeSelector":{"b":"2"}}""")]
    [InlineData("""{"nodeSelector":{"a":"1"}}""", """{"nodeSelector":{"$patch":"delete"}}""", """{"nodeSelector":{}}""")]
    // A volume's source is one of many: the keys not retained go.
    [InlineData("""{"volumes":[{"name":"v","emptyDir":{}}]}""", """{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c"}}]}""", """{"volumes":[{"name":"v","configMap":{"name":"c"}}]}""")]
    // Where there is nothing yet, the patch is taken without its directives and nulls.
    [InlineData("""{}""", """{"volumes":[{"name":"v","$retainKeys":["name","configMap"],"configMap":{"name":"c","items":null}},{"name":"w","$patch":"delete"}]}""", """{"volumes":[{"name":"v","configMap":{"name":"c"}}]}""")]
    public void Merges_a_pod_spec(string document, string patch, string expected) => Assert.Equal(expected, Apply(PodSpec, document, patch));

    [Theory]
    [InlineData("""{"metadata":{"finalizers":["a","b"]}}""", """{"metadata":{"finalizers":["c"]}}""", """{"metadata":{"finalizers":["c","a","b"]}}""")]
    [InlineData("""{"metadata":{"finalizers":["a","b","c"]}}""", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["b"]}}""", """{"metadata":{"finalizers":["a","c"]}}""")]
    [InlineData("""{"metadata":{"finalizers":["a","b"]}}""", """{"metadata":{"$setElementOrder/finalizers":["b","c","a"],"finalizers":["c"]}}""", """{"metadata":{"finalizers":["b","c","a"]}}""")]
    [InlineData("""{"spec":{"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":1}}}}""", """{"spec":{"strategy":{"$retainKeys":["type"],"type":"Recreate"}}}""", """{"spec":{"strategy":{"type":"Recreate"}}}""")]
    public void Merges_a_deployment(string document, string patch, string expected) => Assert.Equal(expected, Apply(Deployment, document, patch));

    [Theory]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"image":"x"}]}""", "map: map[image:x] does not contain declared merge key: name")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"name":"a","$patch":"swap"}]}""", "unknown patch type: swap in map: map[$patch:swap name:a]")]
    [InlineData("""{"containers":[{"name":"a"}]}""", """{"containers":[{"name":"a","$patch":"merge"}]}""", "merging lists cannot yet be specified in the patch")]
    [InlineData("""{"volumes":[{"name":"v"}]}""", """{"volumes":[{"name":"v","$retainKeys":["name"],"emptyDir":{}}]}""", "invalid patch format of retainKeys")]
    [InlineData("""{"containers":[]}""", """{"$setElementOrder/containers":[{"name":"a"}],"containers":[{"name":"b"}]}""", "The order in patch list:\n[map[name:b]]\n doesn't match $setElementOrder list:\n[map[name:a]]\n")]
    public void Refuses_in_upstreams_words(string document, string patch, string message) =>
        Assert.Equal(message, Assert.Throws<StatusException>(() => Apply(PodSpec, document, patch)).Message);

    [Fact]
    public void A_patch_is_left_as_it_was_and_applies_again_without_effect() =>
        Gen.Select(Containers, Containers).Sample((document, change) =>
        {
            var patch = JsonNode.Parse(change)!.AsObject();
            var once = StrategicMergePatch.Apply(JsonNode.Parse(document)!.AsObject(), patch, PodSpec);
            var twice = StrategicMergePatch.Apply(once.DeepClone().AsObject(), patch, PodSpec);
            return patch.ToJsonString() == JsonNode.Parse(change)!.ToJsonString() && JsonNode.DeepEquals(once, twice);
        });

    private static readonly Gen<string> Containers =
        Gen.Dictionary(Gen.OneOf("a", "b", "c", "d"), Gen.OneOf("1", "2"))[0, 4]
            .Select(c => "{\"containers\":[" + string.Join(",", c.Select(p => $$"""{"name":"{{p.Key}}","image":"{{p.Value}}"}""")) + "]}");

    private static string Apply(Schema schema, string document, string patch) =>
        StrategicMergePatch.Apply(JsonNode.Parse(document)!.AsObject(), JsonNode.Parse(patch)!.AsObject(), schema).ToJsonString();
}
