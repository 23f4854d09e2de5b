using System.Text.Json.Nodes;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.ApiExtensions;

namespace Ballast.ApiServer.Tests.CustomResources;

public sealed class DefinitionValidationTests
{
    private const string Root = "spec.versions[0].schema.openAPIV3Schema";

    private readonly IResourceStrategy _strategy = CustomResourceDefinitions.Definition(TimeProvider.System).Strategy;

    [Fact]
    public void Accepts_one_that_uses_most_of_what_there_is() => Assert.Empty(Errors(new Widgets("example.com").Crd()));

    [Theory]
    [InlineData("""{"x":{}}""", ".properties[x].type: Required value: must not be empty for specified object fields")]
    [InlineData("""{"x":{"type":"array","items":{}}}""", ".properties[x].items.type: Required value: must not be empty for specified array items")]
    [InlineData("""{"x":{"type":"object","additionalProperties":{}}}""", ".properties[x].additionalProperties.type: Required value: must not be empty for specified object fields")]
    [InlineData("""{"x":{"type":"text"}}""", ".properties[x].type: Unsupported value: \"text\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\"")]
    [InlineData("""{"x":{"type":"null"}}""", ".properties[x].type: Forbidden: type cannot be set to null, use nullable as an alternative")]
    [InlineData("""{"x":{"type":"array","uniqueItems":true,"items":{"type":"string"}}}""", ".properties[x].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic")]
    [InlineData("""{"x":{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":{"type":"string"}}}""", ".properties[x].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive")]
    [InlineData("""{"x":{"type":"object","anyOf":[{"properties":{"a":{"minLength":1}}}]}}""", ".properties[x].properties[a]: Required value: because it is defined in spec.versions[0].schema.openAPIV3Schema.properties[x].anyOf[0].properties[a]")]
    [InlineData("""{"x":{"type":"string","anyOf":[{"type":"string"}]}}""", ".properties[x].anyOf[0].type: Forbidden: must be empty to be structural")]
    [InlineData("""{"x":{"type":"string","not":{"default":"a"}}}""", ".properties[x].not.default: Forbidden: must be undefined to be structural")]
    [InlineData("""{"x":{"type":"array","x-kubernetes-list-type":"map","items":{"type":"object","properties":{"k":{"type":"string"}}},"x-kubernetes-list-map-keys":["k"]}}""",
        ".properties[x].items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")]
    [InlineData("""{"x":{"type":"array","x-kubernetes-list-type":"map","items":{"type":"object"}}}""", ".properties[x].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map")]
    [InlineData("""{"x":{"type":"string","x-kubernetes-list-type":"set","items":{"type":"string"}}}""", ".properties[x].type: Invalid value: \"string\": must be array if x-kubernetes-list-type is specified")]
    [InlineData("""{"x":{"type":"object","x-kubernetes-embedded-resource":true}}""", ".properties[x].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields")]
    [InlineData("""{"x":{"type":"object","x-kubernetes-preserve-unknown-fields":false}}""", ".properties[x].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined")]
    [InlineData("""{"x":{"type":"integer","default":"one"}}""", ".properties[x].default: Invalid value: \"string\": spec.versions[0].schema.openAPIV3Schema.properties[x].default in body must be of type integer: \"string\"")]
    [InlineData("""{"x":{"type":"string","x-kubernetes-validations":[{"rule":"true"}]}}""", ".properties[x].x-kubernetes-validations: Forbidden: CEL validation rules are not supported by this server yet")]
    [InlineData("""{"metadata":{"type":"object","properties":{"labels":{"type":"object"}}}}""", ".properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified")]
    public void Refuses_a_schema_that_is_not_structural(string properties, string error)
    {
        var crd = new Widgets("example.com").Crd();
        var version = crd["spec"]!["versions"]![0]!.AsObject();
        version["schema"]!["openAPIV3Schema"] = new JsonObject { ["type"] = "object", ["properties"] = JsonNode.Parse(properties) };
        _ = version.Remove("selectableFields");
        Assert.Equal([Root + error], Errors(crd));
    }

    [Theory]
    [InlineData("group", "\"nodot\"", "spec.group: Invalid value: \"nodot\": should be a domain with at least one dot")]
    [InlineData("scope", "\"Galaxy\"", "spec.scope: Unsupported value: \"Galaxy\": supported values: \"Cluster\", \"Namespaced\"")]
    [InlineData("names.listKind", "\"Widget\"", "spec.names.listKind: Invalid value: \"Widget\": kind and listKind may not be the same")]
    [InlineData("preserveUnknownFields", "true", "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead")]
    [InlineData("conversion", """{"strategy":"Webhook"}""", "spec.conversion.strategy: Forbidden: conversion webhooks are not supported by this server yet")]
    [InlineData("versions.0.subresources.scale.specReplicasPath", "\".status.replicas\"", "spec.versions[0].subresources.scale.specReplicasPath: Invalid value: \".status.replicas\": should be a json path under .spec")]
    [InlineData("versions.0.additionalPrinterColumns.0.type", "\"money\"", "spec.versions[0].additionalPrinterColumns[0].type: Invalid value: \"money\": must be one of boolean,date,integer,number,string")]
    [InlineData("versions.0.additionalPrinterColumns.0.jsonPath", "\".a[\"", "spec.versions[0].additionalPrinterColumns[0].jsonPath: Invalid value: \".a[\": an index is missing at character 4")]
    public void Refuses_what_is_wrong_beside_the_schema(string path, string value, string error)
    {
        var crd = new Widgets("example.com").Crd();
        var steps = path.Split('.');
        JsonNode at = crd["spec"]!;
        foreach (var step in steps[..^1])
            at = int.TryParse(step, out var index) ? at[index]! : at[step]!;
        at[steps[^1]] = JsonNode.Parse(value);
        Assert.Contains(error, Errors(crd));
    }

    [Fact]
    public void Versions_have_names_of_their_own_and_one_is_stored()
    {
        var crd = new Widgets("example.com").Crd();
        crd["spec"]!["versions"]![1]!["name"] = "v1";
        crd["spec"]!["versions"]![1]!["storage"] = true;
        var errors = Errors(crd);
        Assert.Contains(errors, e => e.EndsWith("must contain unique version names", StringComparison.Ordinal));
        Assert.Contains(errors, e => e.EndsWith("must have exactly one version marked as storage version", StringComparison.Ordinal));
    }

    [Fact]
    public void A_protected_group_needs_approval()
    {
        Assert.Equal(
            ["metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation \"api-approved.kubernetes.io\", see https://github.com/kubernetes/enhancements/pull/1111"],
            Errors(new Widgets("x.k8s.io").Crd()));
    }

    [Fact]
    public void Once_established_scope_and_kind_stay_and_stored_versions_are_kept()
    {
        var old = new Widgets("example.com").Crd();
        _strategy.Default(old);
        _strategy.PrepareForCreate(old);
        _ = CustomResourceConditions.Set(old, "Established", "True", "InitialNamesAccepted", "", TimeProvider.System.GetUtcNow());
        var changed = old.DeepClone().AsObject();
        changed["spec"]!["scope"] = "Cluster";
        changed["spec"]!["versions"]![0]!["name"] = "v2";
        Assert.Equal(
            [
                "spec.scope: Invalid value: \"Cluster\": field is immutable",
                "status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions; v1 was previously a storage version, and must remain in spec.versions until a storage "
                + "migration ensures no data remains persisted in v1 and removes v1 from status.storedVersions",
            ],
            _strategy.ValidateUpdate(changed, old).Select(e => e.ToString()));
    }

    [Fact]
    public void What_was_wrong_before_passes_while_it_stays_the_same()
    {
        var old = new Widgets("example.com").Crd();
        _strategy.Default(old);
        old["spec"]!["versions"]![0]!["additionalPrinterColumns"]![0]!["type"] = "money";
        var changed = old.DeepClone().AsObject();
        changed["spec"]!["names"]!["shortNames"] = new JsonArray("wx");
        Assert.Empty(_strategy.ValidateUpdate(changed, old));
        changed["spec"]!["versions"]![0]!["additionalPrinterColumns"]![0]!["type"] = "gold";
        Assert.Equal(["spec.versions[0].additionalPrinterColumns[0].type: Invalid value: \"gold\": must be one of boolean,date,integer,number,string"],
            _strategy.ValidateUpdate(changed, old).Select(e => e.ToString()));
    }

    private string[] Errors(JsonObject crd)
    {
        _strategy.Default(crd);
        return [.. _strategy.Validate(crd).Select(e => e.ToString())];
    }
}
