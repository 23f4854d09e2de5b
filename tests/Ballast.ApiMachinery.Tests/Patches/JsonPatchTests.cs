using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Patches;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Patches;

public sealed class JsonPatchTests
{
    [Theory]
    [InlineData("""{"foo":"bar"}""", """[{"op":"add","path":"/baz","value":"qux"}]""", """{"foo":"bar","baz":"qux"}""")]
    [InlineData("""{"foo":["bar","baz"]}""", """[{"op":"add","path":"/foo/1","value":"qux"}]""", """{"foo":["bar","qux","baz"]}""")]
    [InlineData("""{"foo":["bar"]}""", """[{"op":"add","path":"/foo/-","value":["x"]}]""", """{"foo":["bar",["x"]]}""")]
    [InlineData("""{"baz":"qux","foo":"bar"}""", """[{"op":"remove","path":"/baz"}]""", """{"foo":"bar"}""")]
    [InlineData("""{"foo":["a","b","c"]}""", """[{"op":"remove","path":"/foo/1"}]""", """{"foo":["a","c"]}""")]
    [InlineData("""{"baz":"qux"}""", """[{"op":"replace","path":"/baz","value":null}]""", """{"baz":null}""")]
    [InlineData("""{"foo":{"bar":"baz"},"qux":{}}""", """[{"op":"move","from":"/foo/bar","path":"/qux/thud"}]""", """{"foo":{},"qux":{"thud":"baz"}}""")]
    [InlineData("""{"foo":["a","b","c","d"]}""", """[{"op":"move","from":"/foo/1","path":"/foo/3"}]""", """{"foo":["a","c","d","b"]}""")]
    [InlineData("""{"a":{"b":1}}""", """[{"op":"copy","from":"/a","path":"/c"},{"op":"replace","path":"/c/b","value":2}]""", """{"a":{"b":1},"c":{"b":2}}""")]
    [InlineData("""{"a/b":1,"m~n":2}""", """[{"op":"test","path":"/a~1b","value":1},{"op":"test","path":"/m~0n","value":2.0},{"op":"remove","path":"/a~1b"}]""", """{"m~n":2}""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/b","value":null}]""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":{"b":1}}]""", """{"b":1}""")]
    public void Applies(string document, string patch, string expected) => Assert.Equal(expected, Apply(document, patch));

    [Theory]
    [InlineData("""{"a":1}""", """[{"op":"remove","path":"/b"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"/b","value":1}]""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/b/c","value":1}]""")]
    [InlineData("""{"a":[1]}""", """[{"op":"add","path":"/a/2","value":1}]""")]
    [InlineData("""{"a":1}""", """[{"op":"test","path":"/a","value":2}]""")]
    [InlineData("""{"a":1}""", """[{"op":"add","path":"/a"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"merge","path":"/a","value":1}]""")]
    [InlineData("""{"a":{}}""", """[{"op":"move","from":"/a","path":"/a/b"}]""")]
    [InlineData("""{"a":1}""", """[{"op":"replace","path":"","value":1}]""")]
    public void Refuses_what_does_not_fit(string document, string patch)
    {
        var error = Assert.Throws<StatusException>(() => Apply(document, patch));
        Assert.Equal((422, "the server rejected our request due to an error in our request"), (error.Code, error.Message));
    }

    [Fact]
    public void Copies_may_not_grow_without_end()
    {
        var doubling = new JsonArray();
        for (var i = 0; i < 40; i++)
            doubling.Add((JsonNode)new JsonObject { ["op"] = "copy", ["from"] = "/a", ["path"] = "/a/-" });
        Assert.Throws<StatusException>(() => JsonPatch.Apply(new JsonObject { ["a"] = new JsonArray(1) }, doubling));
    }

    [Fact]
    public void Adding_then_removing_changes_nothing() => Documents.Any.Sample(document =>
        JsonNode.DeepEquals(JsonNode.Parse(document), JsonNode.Parse(Apply(document, """[{"op":"add","path":"/new","value":1},{"op":"test","path":"/new","value":1},{"op":"remove","path":"/new"}]"""))));

    private static string Apply(string document, string patch) => JsonPatch.Apply(JsonNode.Parse(document)!.AsObject(), JsonNode.Parse(patch)).ToJsonString();
}
