using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Schemas;

public sealed class SchemaValidatorTests
{
    private static readonly Schema Thing = SchemaReader.Read(JsonNode.Parse("""
        {"type":"object","properties":{"spec":{"type":"object","required":["size"],"properties":{
          "size":{"type":"integer","minimum":1,"maximum":10},
          "name":{"type":"string","pattern":"^[a-z]+$","minLength":2,"maxLength":4},
          "mode":{"type":"string","enum":["a","b"],"default":"a"},
          "port":{"x-kubernetes-int-or-string":true},
          "when":{"type":"string","format":"date-time","nullable":true},
          "tags":{"type":"array","x-kubernetes-list-type":"set","items":{"type":"string"},"maxItems":3},
          "parts":{"type":"array","x-kubernetes-list-type":"map","x-kubernetes-list-map-keys":["id"],"items":{"type":"object","properties":{"id":{"type":"string"},"weight":{"type":"integer","default":1}}}},
          "either":{"type":"object","oneOf":[{"required":["x"]},{"required":["y"]}],"x-kubernetes-preserve-unknown-fields":true}
        }}}}
        """)!.AsObject());

    [Theory]
    [InlineData("""{"size":3,"name":"abc","mode":"b","port":"http","when":null,"tags":["x","y"],"either":{"x":1}}""")]
    [InlineData("""{"size":1,"port":80,"parts":[{"id":"a"},{"id":"b"}]}""")]
    public void Accepts_what_fits(string spec) => Assert.Empty(Errors(spec));

    [Theory]
    [InlineData("""{}""", "spec.size: Required value")]
    [InlineData("""{"size":"3"}""", "spec.size: Invalid value: \"string\": spec.size in body must be of type integer: \"string\"")]
    [InlineData("""{"size":0}""", "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1")]
    [InlineData("""{"size":11}""", "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10")]
    [InlineData("""{"size":1,"name":"A1"}""", "spec.name: Invalid value: \"A1\": spec.name in body should match '^[a-z]+$'")]
    [InlineData("""{"size":1,"name":"abcde"}""", "spec.name: Too long: may not be more than 4 bytes")]
    [InlineData("""{"size":1,"name":"a"}""", "spec.name: Invalid value: \"a\": spec.name in body should be at least 2 chars long")]
    [InlineData("""{"size":1,"mode":"c"}""", "spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("""{"size":1,"port":1.5}""", "spec.port: Invalid value: \"number\": spec.port in body must be of type integer,string: \"number\"")]
    [InlineData("""{"size":1,"when":"noon"}""", "spec.when: Invalid value: \"noon\": spec.when in body must be of type date-time: \"noon\"")]
    [InlineData("""{"size":1,"tags":["x","x"]}""", "spec.tags[1]: Duplicate value: \"x\"")]
    [InlineData("""{"size":1,"tags":["a","b","c","d"]}""", "spec.tags: Too many: 4: must have at most 3 items")]
    [InlineData("""{"size":1,"parts":[{"id":"a"},{"id":"a"}]}""", "spec.parts[1]: Duplicate value: {\"id\":\"a\"}")]
    [InlineData("""{"size":1,"either":{}}""", "spec.either: Invalid value: {}: spec.either in body must validate one and only one schema (oneOf). Found none valid")]
    public void Refuses_in_upstreams_words(string spec, string error) => Assert.Equal([error], Errors(spec));

    [Theory]
    // The value is the same, or its list map's item is.
    [InlineData("""{"size":0}""", """{"size":0,"mode":"b"}""")]
    [InlineData("""{"size":1,"parts":[{"id":"a","weight":"x"}]}""", """{"size":1,"parts":[{"id":"b"},{"id":"a","weight":"x"}]}""")]
    [InlineData("""{"size":1,"tags":["x","x"]}""", """{"size":2,"tags":["x","x","y"]}""")]
    // It was changed, or it stands where nothing stood.
    [InlineData("""{"size":0}""", """{"size":11}""", "spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10")]
    [InlineData("""{"size":1}""", """{"size":1,"mode":"c"}""", "spec.mode: Unsupported value: \"c\": supported values: \"a\", \"b\"")]
    [InlineData("""{}""", """{"mode":"b"}""", "spec.size: Required value")]
    [InlineData("""{"size":1,"tags":["x"]}""", """{"size":1,"tags":["x","x"]}""", "spec.tags[1]: Duplicate value: \"x\"")]
    public void An_update_answers_for_what_it_changes(string before, string after, params string[] errors) =>
        Assert.Equal(errors, SchemaValidator.ValidateUpdate(Document(after), Document(before), Thing).Select(e => e.ToString()));

    [Fact]
    public void Defaults_fill_in_what_is_absent()
    {
        var document = Document("""{"size":1,"when":null,"parts":[{"id":"a"},{"id":"b","weight":2}]}""");
        SchemaDefaults.Apply(document, Thing);
        Assert.Equal("""{"spec":{"size":1,"when":null,"parts":[{"id":"a","weight":1},{"id":"b","weight":2}],"mode":"a"}}""", document.ToJsonString());
    }

    private static IEnumerable<string> Errors(string spec) => SchemaValidator.Validate(Document(spec), Thing).Select(e => e.ToString());

    private static JsonObject Document(string spec) => new() { ["spec"] = JsonNode.Parse(spec) };
}
