using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiMachinery.OpenApi;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.OpenApi;

public sealed class OpenApiTests
{
    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    private static readonly ServedResource Deployments = new()
    {
        Resource = "deployments",
        Kind = new("apps", "v1", "Deployment"),
        Namespaced = true,
        Verbs = AllVerbs,
        SchemaName = "io.k8s.api.apps.v1.Deployment",
        Subresources = [new("scale", new("autoscaling", "v1", "Scale"), "io.k8s.api.autoscaling.v1.Scale", ["get", "patch", "update"])],
    };

    private static readonly ServedResource Things = new()
    {
        Resource = "things",
        Kind = new("example.com", "v1", "Thing"),
        Namespaced = false,
        Verbs = AllVerbs,
        SchemaName = "com.example.v1.Thing",
        CustomSchema = SchemaReader.Read(JsonNode.Parse("""{"type":"object","description":"A thing.","properties":{"spec":{"type":"object","properties":{"size":{"type":"integer","minimum":1}}}}}""")!.AsObject()),
    };

    private static readonly JsonObject Apps = OpenApiV3.Document(new("apps", "v1"), [Deployments], "v1.36.0");
    private static readonly JsonObject Example = OpenApiV3.Document(new("example.com", "v1"), [Things], "v1.36.0");

    [Fact]
    public void Paths_and_operations_are_upstreams()
    {
        var paths = Apps["paths"]!.AsObject();
        Assert.Equal(
        [
            "/apis/apps/v1/namespaces/{namespace}/deployments", "/apis/apps/v1/deployments", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}",
            "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale",
        ], paths.Select(p => p.Key));
        var one = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!;
        Assert.Equal("readAppsV1NamespacedDeployment", one["get"]!["operationId"]!.ToString());
        Assert.Equal("listAppsV1DeploymentForAllNamespaces", paths["/apis/apps/v1/deployments"]!["get"]!["operationId"]!.ToString());
        Assert.Equal("""{"group":"autoscaling","kind":"Scale","version":"v1"}""",
            paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]!["patch"]!["x-kubernetes-group-version-kind"]!.ToJsonString());
    }

    [Fact]
    public void A_patch_says_what_kubectl_looks_for()
    {
        var patch = Apps["paths"]!["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!["patch"]!;
        Assert.Equal("patch", patch["x-kubernetes-action"]!.ToString());
        Assert.Equal("""{"group":"apps","kind":"Deployment","version":"v1"}""", patch["x-kubernetes-group-version-kind"]!.ToJsonString());
        Assert.Superset(new HashSet<string> { "fieldValidation", "fieldManager", "dryRun", "force" }, patch["parameters"]!.AsArray().Select(p => p!["name"]!.ToString()).ToHashSet());
        Assert.True(patch["requestBody"]!["content"]!.AsObject().ContainsKey("application/strategic-merge-patch+json"));
        Assert.False(Example["paths"]!["/apis/example.com/v1/things/{name}"]!["patch"]!["requestBody"]!["content"]!.AsObject().ContainsKey("application/strategic-merge-patch+json"));
    }

    [Fact]
    public void Every_reference_leads_to_a_schema_of_the_document()
    {
        foreach (var document in new[] { Apps, Example })
        {
            var schemas = document["components"]!["schemas"]!.AsObject();
            foreach (var reference in References(document))
                Assert.True(schemas.ContainsKey(reference["#/components/schemas/".Length..]), reference);
        }
        Assert.True(Apps["components"]!["schemas"]!.AsObject().ContainsKey("io.k8s.api.core.v1.Container"));
    }

    [Fact]
    public void A_field_that_refers_keeps_its_text_and_its_merge_semantics()
    {
        var spec = Apps["components"]!["schemas"]!["io.k8s.api.apps.v1.DeploymentSpec"]!["properties"]!;
        Assert.Equal("#/components/schemas/io.k8s.api.core.v1.PodTemplateSpec", spec["template"]!["allOf"]![0]!["$ref"]!.ToString());
        Assert.NotEmpty(spec["template"]!["description"]!.ToString());
        Assert.Equal("retainKeys", spec["strategy"]!["x-kubernetes-patch-strategy"]!.ToString());
        Assert.Equal("name", Apps["components"]!["schemas"]!["io.k8s.api.core.v1.PodSpec"]!["properties"]!["containers"]!["x-kubernetes-patch-merge-key"]!.ToString());
    }

    [Fact]
    public void A_custom_resource_gets_the_envelope_and_a_list()
    {
        var schemas = Example["components"]!["schemas"]!;
        Assert.Equal("#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", schemas["com.example.v1.Thing"]!["properties"]!["metadata"]!["allOf"]![0]!["$ref"]!.ToString());
        Assert.Equal("#/components/schemas/com.example.v1.Thing", schemas["com.example.v1.ThingList"]!["properties"]!["items"]!["items"]!["$ref"]!.ToString());
        Assert.Equal("""[{"group":"example.com","kind":"Thing","version":"v1"}]""", schemas["com.example.v1.Thing"]!["x-kubernetes-group-version-kind"]!.ToJsonString());
    }

    [Fact]
    public void The_older_document_says_the_same()
    {
        var document = OpenApiV2.Document([Apps, Example], "v1.36.0");
        var patch = document["paths"]!["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]!["patch"]!;
        Assert.Equal("body", patch["parameters"]![0]!["in"]!.ToString());
        Assert.Contains("application/merge-patch+json", patch["consumes"]!.AsArray().Select(c => c!.ToString()));
        Assert.Equal("#/definitions/io.k8s.api.core.v1.PodTemplateSpec", document["definitions"]!["io.k8s.api.apps.v1.DeploymentSpec"]!["properties"]!["template"]!["$ref"]!.ToString());
        Assert.Equal("string", document["definitions"]!["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]!["type"]!.ToString());
        Assert.NotEmpty(OpenApiV2Protobuf.Encode(document));
    }

    [Fact]
    public void Protobuf_has_gnostics_field_numbers()
    {
        var bytes = OpenApiV2Protobuf.Encode(JsonNode.Parse("""{"swagger":"2.0","info":{"title":"K"},"paths":{},"definitions":{"A":{"type":"object"}}}""")!.AsObject());
        // swagger = 1; info = 2 { title = 1 }; paths = 8 {}; definitions = 9 { 1 { name = 1; value = 2 { type = 22 { value = 1 } } } }
        Assert.Equal("0A03322E301203" + "0A014B" + "4200" + "4A12" + "0A10" + "0A0141" + "120B" + "B20108" + "0A066F626A656374", Convert.ToHexString(bytes));
    }

    [Fact]
    public void The_index_names_each_document_with_its_hash()
    {
        var index = OpenApiV3.Index([(new GroupVersion("", "v1"), "a"u8.ToArray()), (new GroupVersion("apps", "v1"), "b"u8.ToArray())]);
        Assert.StartsWith("/openapi/v3/api/v1?hash=1F40FC92DA241694", index["paths"]!["api/v1"]!["serverRelativeURL"]!.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("/openapi/v3/apis/apps/v1?hash=", index["paths"]!["apis/apps/v1"]!["serverRelativeURL"]!.ToString(), StringComparison.Ordinal);
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(p => p.Key == "$ref" && p.Value is JsonValue ? [p.Value.ToString()] : References(p.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}
