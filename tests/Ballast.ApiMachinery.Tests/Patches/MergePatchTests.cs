using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Patches;
using CsCheck;

namespace Ballast.ApiMachinery.Tests.Patches;

public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Applies_the_examples_of_the_rfc(string document, string patch, string expected) =>
        Assert.Equal(expected, MergePatch.Apply(Object(document), Object(patch)).ToJsonString());

    [Fact]
    public void A_created_patch_turns_the_old_document_into_the_new_one() =>
        Gen.Select(Documents.Any, Documents.Any).Sample((old, document) =>
            JsonNode.DeepEquals(MergePatch.Apply(Object(old), MergePatch.Create(Object(old), Object(document))), Object(document)));

    private static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();
}
