using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Apply;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Apply;

public sealed class TypedErrorsTests
{
    private static readonly Schema Deployment = SchemaCatalog.BuiltIn.Find(new GroupVersionKind("apps", "v1", "Deployment"))!;

    [Theory]
    [InlineData("""{"spec":{"foo":1}}""", ".spec.foo: field not declared in schema")]
    [InlineData("""{"foo":1}""", ".foo: field not declared in schema")]
    [InlineData("""{"metadata":{"lables":{}}}""", ".metadata.lables: field not declared in schema")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"web","imge":"x"}]}}}}""", """.spec.template.spec.containers[name="web"].imge: field not declared in schema""")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"image":"x"}]}}}}""",
        """.spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name" (and doesn't have default value)""")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a"},{"name":"a"}]}}}}""", """.spec.template.spec.containers: duplicate entries for key [name="a"]""")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a","ports":[{"containerPort":80},{"containerPort":80,"protocol":"TCP"}]}]}}}}""",
        """.spec.template.spec.containers[name="a"].ports: duplicate entries for key [containerPort=80,protocol="TCP"]""")]
    [InlineData("""{"spec":{"replicas":"x"}}""", ".spec.replicas: expected numeric (int or float), got string")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":[{"name":"a","env":[{"name":"E","value":1}]}]}}}}""",
        """.spec.template.spec.containers[name="a"].env[name="E"].value: expected string, got &value.valueUnstructured{Value:1}""")]
    [InlineData("""{"spec":{"paused":"yes"}}""", """.spec.paused: expected boolean, got &value.valueUnstructured{Value:"yes"}""")]
    [InlineData("""{"spec":{"template":[]}}""", ".spec.template: expected map, got &{[]}")]
    [InlineData("""{"spec":{"template":{"spec":{"containers":{"a":"b"}}}}}""", ".spec.template.spec.containers: expected list, got &{map[a:b]}")]
    public void Each_is_told_with_its_path(string document, string error) => Assert.Equal([error], TypedErrors.Find(JsonNode.Parse(document)!.AsObject(), Deployment));

    [Fact]
    public void A_sound_configuration_has_none() => Assert.Empty(TypedErrors.Find(JsonNode.Parse("""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","labels":{"x":"y"}},"spec":{"replicas":1,"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":1}},
         "template":{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":1,"memory":"1Gi"}},"ports":[{"containerPort":80},{"containerPort":80,"protocol":"UDP"}]}]}}}}
        """)!.AsObject(), Deployment));
}
