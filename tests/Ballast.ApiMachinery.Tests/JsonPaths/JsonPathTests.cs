using System.Text.Json.Nodes;
using Ballast.ApiMachinery.JsonPaths;

namespace Ballast.ApiMachinery.Tests.JsonPaths;

public sealed class JsonPathTests
{
    private static readonly JsonNode Document = JsonNode.Parse("""
        {
          "metadata": {"name": "a", "labels": {"example.com/role": "web", "plain": "x"}},
          "spec": {"replicas": 3, "ports": [{"name": "http", "port": 80}, {"name": "https", "port": 443}, {"port": 8080}], "nothing": null},
          "status": {"conditions": [{"type": "Synced", "status": "False"}, {"type": "Ready", "status": "True"}]}
        }
        """)!;

    [Theory]
    [InlineData(".spec.replicas", "3")]
    [InlineData("spec.replicas", "3")]
    [InlineData("$.spec.replicas", "3")]
    [InlineData(".metadata.labels['example.com/role']", "web")]
    [InlineData(".metadata.labels[\"plain\"]", "x")]
    [InlineData(".metadata.labels.example\\.com/role", "web")]
    [InlineData(".spec.ports[0].name", "http")]
    [InlineData(".spec.ports[-1].port", "8080")]
    [InlineData(".spec.ports[-1:].port", "8080")]
    [InlineData(".spec.ports[*].port", "80,443,8080")]
    [InlineData(".spec.ports[0:2].port", "80,443")]
    [InlineData(".spec.ports[::2].port", "80,8080")]
    [InlineData(".spec.ports[0,2].port", "80,8080")]
    [InlineData(".spec.ports.*.port", "80,443,8080")]
    [InlineData(".spec..port", "80,443,8080")]
    [InlineData(".status.conditions[?(@.type==\"Ready\")].status", "True")]
    [InlineData(".status.conditions[?(@.type == 'Ready')].status", "True")]
    [InlineData(".status.conditions[?(@.type!=\"Ready\")].type", "Synced")]
    [InlineData(".spec.ports[?(@.port>=443)].port", "443,8080")]
    [InlineData(".spec.ports[?(@.port<443)].name", "http")]
    [InlineData(".spec.ports[?(@.name)].port", "80,443")]
    [InlineData(".spec.nothing", "null")]
    [InlineData(".spec.missing", "")]
    [InlineData(".spec.missing.deeper", "")]
    [InlineData(".spec.ports[7].port", "")]
    [InlineData(".spec.replicas.deeper", "")]
    public void Finds(string path, string values) =>
        Assert.Equal(values, string.Join(',', JsonPath.Parse(path).Find(Document).Select(v => v?.ToString() ?? "null")));

    [Theory]
    [InlineData(".spec[", "an index is missing at character 7")]
    [InlineData(".spec['a", "a quote is not closed at character 9")]
    [InlineData(".spec]", "unexpected \"]\" at character 6")]
    [InlineData(".a[?(@.b==)]", "\"\" is neither a constant nor a path at character 11")]
    [InlineData(".a[0", "\"]\" is missing at character 5")]
    [InlineData(".a[99999999999]", "a number is not readable at character 15")]
    public void Says_what_is_wrong(string path, string error)
    {
        Assert.False(JsonPath.TryParse(path, out _, out var found));
        Assert.Equal(error, found);
    }

    [Fact]
    public void Fields_are_the_names_of_a_simple_path_only()
    {
        Assert.Equal(["spec", "a.b"], JsonPath.Parse(".spec['a.b']").Fields);
        Assert.Null(JsonPath.Parse(".spec[0]").Fields);
        Assert.Null(JsonPath.Parse(".spec.*").Fields);
    }
}
