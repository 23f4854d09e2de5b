using System.Net;
using System.Text.Json.Nodes;
using Ballast.Testing;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.CustomResources;

/// <summary>A CRD that uses most of what CRDs have; each test has a group of its own.</summary>
internal sealed record Widgets(string Group)
{
    public const string Crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    public static Widgets InNewGroup() => new($"t{Guid.NewGuid():N}.example.com");

    public string Name => $"widgets.{Group}";

    public string CrdPath => $"{Crds}/{Name}";

    public string Path(string ns, string version = "v1") => $"/apis/{Group}/{version}/namespaces/{ns}/widgets";

    public JsonObject Crd() => JsonNode.Parse("""
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.GROUP"},
          "spec": {
            "group": "GROUP", "scope": "Namespaced",
            "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["wd"], "categories": ["gadgets"]},
            "versions": [
              {
                "name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.selector"}},
                "additionalPrinterColumns": [
                  {"name": "Replicas", "type": "integer", "jsonPath": ".spec.replicas"},
                  {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
                  {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}
                ],
                "selectableFields": [{"jsonPath": ".spec.color"}],
                "schema": {"openAPIV3Schema": {
                  "type": "object", "description": "A widget for tests.", "required": ["spec"],
                  "properties": {
                    "spec": {"type": "object", "properties": {
                      "replicas": {"type": "integer", "minimum": 0, "maximum": 10, "default": 1, "description": "How many."},
                      "color": {"type": "string", "enum": ["red", "green"], "default": "red"},
                      "port": {"x-kubernetes-int-or-string": true},
                      "parts": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {
                        "type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "size": {"type": "integer", "default": 3}}}},
                      "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
                      "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
                    }},
                    "status": {"type": "object", "properties": {
                      "replicas": {"type": "integer"}, "selector": {"type": "string"},
                      "conditions": {"type": "array", "items": {"type": "object", "properties": {"type": {"type": "string"}, "status": {"type": "string"}}}}
                    }}
                  }
                }}
              },
              {
                "name": "v1beta1", "served": true, "storage": false, "deprecated": true,
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type": "object", "properties": {"color": {"type": "string"}}}}}}
              }
            ]
          }
        }
        """.Replace("GROUP", Group, StringComparison.Ordinal))!.AsObject();

    /// <summary>Creates the CRD and waits until it is established.</summary>
    public async Task EstablishAsync(TestApiServer server)
    {
        var (code, body) = await server.SendAsync(HttpMethod.Post, Crds, Crd().ToJsonString());
        Assert.True(code == HttpStatusCode.Created, body.ToJsonString());
        await Eventually.TrueAsync(async () => Condition((await server.SendAsync(HttpMethod.Get, CrdPath)).Body, "Established") is { Status: "True" }, "Established");
    }

    public static (string Status, string Reason, string Message)? Condition(JsonObject crd, string type) =>
        (crd["status"]?["conditions"]?.AsArray() ?? []).Where(c => c!["type"]!.ToString() == type)
            .Select(c => ((string, string, string)?)(c!["status"]!.ToString(), c["reason"]!.ToString(), c["message"]!.ToString())).FirstOrDefault();

    public string Widget(string name, string spec = "{}") =>
        $$"""{"apiVersion":"{{Group}}/v1","kind":"Widget","metadata":{"name":"{{name}}"},"spec":{{spec}}}""";
}
