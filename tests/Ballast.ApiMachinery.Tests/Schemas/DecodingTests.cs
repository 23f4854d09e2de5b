using System.Text;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Schemas;

public sealed class DecodingTests
{
    private static readonly Schema Deployment = SchemaCatalog.BuiltIn["io.k8s.api.apps.v1.Deployment"];

    [Theory]
    [InlineData("""{"spec":{"replicas":"3"}}""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("""{"spec":{"replicas":1.5}}""", "json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32")]
    [InlineData("""{"spec":[]}""", "json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec")]
    [InlineData("""{"metadata":{"labels":{"a":1}}}""", "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string")]
    [InlineData("""{"metadata":{"labels":"a"}}""", "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.labels of type map[string]string")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":{}}}}}""", "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"ports":[{"containerPort":"x"}]}]}}}}""", "json: cannot unmarshal string into Go struct field ContainerPort.spec.template.spec.containers.ports.containerPort of type int32")]
    [InlineData("""{"spec":{"paused":"yes"}}""", "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.paused of type bool")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":"x"}}}]}}}}""", "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    [InlineData("""{"metadata":{"creationTimestamp":"today"}}""", "parsing time \"today\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"today\" as \"2006\"")]
    [InlineData("""{"spec":{"replicas":3,"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},"template":{"spec":{"containers":[{"resources":{"limits":{"cpu":1}}}]}}},"metadata":{"creationTimestamp":null}}""", null)]
    public void Wrong_types_are_named_as_upstreams_decoder_does(string json, string? error) =>
        Assert.Equal(error, TypeErrors.FindFirst(JsonNode.Parse(json)!.AsObject(), Deployment));

    [Fact]
    public void Unknown_fields_are_named_by_path_and_pruned()
    {
        var document = JsonNode.Parse("""
            {"apiVersion":"apps/v1","kind":"Deployment","foo":1,"spec":{"replicaz":1,"template":{"spec":{"containers":[{"name":"a"},{"name":"b","imag":"x"}]}}},"metadata":{"annotations":{"any":"thing"}}}
            """)!.AsObject();
        Assert.Equal(["unknown field \"foo\"", "unknown field \"spec.replicaz\"", "unknown field \"spec.template.spec.containers[1].imag\""],
            UnknownFields.Find(document, Deployment).Order());
        Assert.True(UnknownFields.Prune(document, Deployment));
        Assert.Empty(UnknownFields.Find(document, Deployment));
        Assert.Equal("""{"apiVersion":"apps/v1","kind":"Deployment","spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"b"}]}}},"metadata":{"annotations":{"any":"thing"}}}""", document.ToJsonString());
    }

    [Fact]
    public void A_custom_schema_keeps_what_it_is_told_to_and_the_envelope()
    {
        var schema = SchemaReader.Read(JsonNode.Parse("""
            {"type":"object","properties":{"spec":{"type":"object","properties":{"free":{"type":"object","x-kubernetes-preserve-unknown-fields":true,"properties":{"known":{"type":"object"}}}}}}}
            """)!.AsObject());
        var document = JsonNode.Parse("""{"apiVersion":"a/v1","kind":"A","metadata":{"name":"x","nam":1},"spec":{"a":1,"free":{"b":2,"known":{"c":3}}}}""")!.AsObject();
        Assert.Equal(["unknown field \"metadata.nam\"", "unknown field \"spec.a\"", "unknown field \"spec.free.known.c\""], UnknownFields.FindAndPrune(document, schema).Order());
        Assert.Equal("""{"apiVersion":"a/v1","kind":"A","metadata":{"name":"x"},"spec":{"free":{"b":2,"known":{}}}}""", document.ToJsonString());
    }

    [Fact]
    public void Duplicate_fields_are_found_in_the_text()
    {
        var text = """{"spec":{"replicas":1,"list":[{"a":1},[2],{"b":{"c":1,"c":2}}],"replicas":2},"x":{"replicas":3}}""";
        Assert.Equal(["duplicate field \"spec.list[2].b.c\"", "duplicate field \"spec.replicas\""], DuplicateFields.Find(Encoding.UTF8.GetBytes(text)));
        Assert.Empty(DuplicateFields.Find("""{"a":{"b":1},"c":{"b":1}}"""u8));
    }
}
