using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Yaml;

namespace Ballast.ApiMachinery.Tests.Yaml;

public sealed class YamlBodyTests
{
    [Theory]
    [InlineData("a: 1", """{"a":1}""")]
    [InlineData("a: yes\nb: \"yes\"\nc: Off\nd: true", """{"a":true,"b":"yes","c":false,"d":true}""")]
    [InlineData("a:\nb: ~\nc: null\nd: \"\"", """{"a":null,"b":null,"c":null,"d":""}""")]
    [InlineData("mode: 0644\nhex: 0x1F\nbig: 1_000\nneg: -7\nnew: 0o17", """{"mode":420,"hex":31,"big":1000,"neg":-7,"new":15}""")]
    [InlineData("a: 1.5\nb: 1e3\nc: 1.2.3\nd: 2026-01-02\ne: 10Gi\nf: 089", """{"a":1.5,"b":1000,"c":"1.2.3","d":"2026-01-02","e":"10Gi","f":89}""")]
    [InlineData("1: a\ntrue: b", """{"1":"a","true":"b"}""")]
    [InlineData("a: [1, {b: c}]\nd: |\n  x\n  y\n", """{"a":[1,{"b":"c"}],"d":"x\ny\n"}""")]
    [InlineData("base: &b {p: 1, q: 2}\nover:\n  <<: *b\n  q: 3\nlist: [*b]", """{"base":{"p":1,"q":2},"over":{"q":3,"p":1},"list":[{"p":1,"q":2}]}""")]
    [InlineData("a: !!str 1", """{"a":"1"}""")]
    [InlineData("{\"a\": [true, 1.0]}", """{"a":[true,1]}""")]
    public void Reads_as_upstream_does(string yaml, string json) => Assert.Equal(json, YamlBody.Parse(yaml).Value!.ToJsonString());

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    public void An_empty_text_has_no_value(string yaml) => Assert.Null(YamlBody.Parse(yaml).Value);

    [Fact]
    public void Equal_keys_are_named_and_the_last_holds()
    {
        var body = YamlBody.Parse("spec:\n  replicas: 1\n  paused: true\n  replicas: 2\n");
        Assert.Equal(["line 4: key \"replicas\" already set in map"], body.Duplicates);
        Assert.Equal("""{"spec":{"replicas":2,"paused":true}}""", body.Value!.ToJsonString());
    }

    [Theory]
    [InlineData("a: b: c")]
    [InlineData("a: [1")]
    [InlineData("a: *nowhere")]
    [InlineData("? [a]\n: b")]
    [InlineData("a: .inf")]
    [InlineData("a: !!binary01-01]\nb: c")]
    public void What_is_not_yaml_or_not_json_is_refused(string yaml)
    {
        var error = Assert.Throws<StatusException>(() => YamlBody.Parse(yaml));
        Assert.StartsWith("error converting YAML to JSON: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aliases_may_not_grow_without_end()
    {
        var bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 9).Select(i => $"a{i}: &a{i} [{string.Join(",", Enumerable.Repeat($"*a{i - 1}", 10))}]\n"));
        Assert.Contains("excessive aliasing", Assert.Throws<StatusException>(() => YamlBody.Parse(bomb)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_has_an_end() =>
        Assert.Contains("exceeded max depth", Assert.Throws<StatusException>(() => YamlBody.Parse(new string('[', 5000))).Message, StringComparison.Ordinal);
}
