using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Tests.Clients;

namespace Ballast.ApiServer.Tests.Registry.Kinds;

/// <summary>Every kind that is stored refuses what upstream refuses, keeps its status apart, and counts generations where upstream does.</summary>
public sealed class KindTests
{
    /// <summary>Kinds that count generations.</summary>
    private static readonly string[] Counted =
    [
        "cronjobs", "customresourcedefinitions", "daemonsets", "deployments", "deviceclasses", "endpointslices", "flowschemas", "ingressclasses", "ingresses", "jobs",
        "mutatingadmissionpolicies", "mutatingadmissionpolicybindings", "mutatingwebhookconfigurations", "networkpolicies", "poddisruptionbudgets", "pods", "podtemplates",
        "priorityclasses", "prioritylevelconfigurations", "replicasets", "replicationcontrollers", "resourceslices", "statefulsets", "validatingadmissionpolicies",
        "validatingadmissionpolicybindings", "validatingwebhookconfigurations",
    ];

    public static TheoryData<string, string, string> Refused => [.. KindTable.Read(Refusals.Text)];

    [Theory]
    [MemberData(nameof(Refused))]
    public void Refuses(string resource, string document, string error)
    {
        var definition = Definition(resource);
        var made = Make(definition, document);
        definition.Strategy.PrepareForCreate(made);
        Assert.Contains(error, MetadataValidation.Validate(made, definition).Concat(definition.Strategy.Validate(made)).Select(e => e.ToString()));
    }

    public static TheoryData<string, string, string> Changes => [.. KindTable.Read(RefusedChanges.Text)];

    [Theory]
    [MemberData(nameof(Changes))]
    public void Refuses_to_change(string resource, string documents, string error)
    {
        var (name, subresource) = resource.Split('/') is [var r, var s] ? (r, s) : (resource, "");
        var (before, after) = documents.Split(" -> ") is [var b, var a] ? (b, a) : throw new FormatException(documents);
        var definition = Definition(name);
        var (old, made) = (Make(definition, before), Make(definition, after));
        Assert.Contains(error, BuiltIns.Updated(name, old, made, subresource).Errors);
    }

    [Fact]
    public void Every_stored_kind_has_a_refusal_in_the_table_and_a_minimal_object()
    {
        var stored = BuiltIns.All.Where(d => d.Verbs.Contains("create") && d.Virtual is null).ToList();
        var refused = KindTable.Read(Refusals.Text).Select(r => r.Resource).ToHashSet();
        Assert.Empty(stored.Select(d => d.Resource).Except(refused));
        Assert.Empty(stored.SelectMany(d => d.Versions.Select(v => $"{Version(d, v.Name)}/{d.Kind}")).Except(MinimalObjects.Kinds));

        static string Version(ResourceDefinition definition, string version) => definition.Group.Length == 0 ? version : $"{definition.Group}/{version}";
    }

    public static TheoryData<string> WithStatus => [.. BuiltIns.All.Where(d => d.Subresources.ContainsKey("status")).Select(d => d.Resource)];

    [Theory]
    [MemberData(nameof(WithStatus))]
    public void Status_and_the_rest_are_written_apart(string resource)
    {
        var definition = Definition(resource);
        var old = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" }, ["spec"] = new JsonObject { ["was"] = 1 }, ["status"] = new JsonObject { ["was"] = 1 } };
        var changed = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "a" }, ["spec"] = new JsonObject { ["is"] = 2 }, ["status"] = new JsonObject { ["is"] = 2 } };

        var main = changed.DeepClone().AsObject();
        definition.Strategy.PrepareForUpdate(main, old.DeepClone().AsObject());
        Assert.Equal("""{"was":1}""", main["status"]?.ToJsonString());

        var status = changed.DeepClone().AsObject();
        ((FieldSubresource)definition.Subresources["status"].Handler).Strategy.PrepareForUpdate(status, old.DeepClone().AsObject());
        Assert.Equal("""{"was":1}""", status["spec"]?.ToJsonString());
        Assert.Equal(2, status["status"]!["is"]!.GetValue<int>());

        var made = changed.DeepClone().AsObject();
        definition.Strategy.PrepareForCreate(made);
        // A kubelet registers its node with the status it has.
        Assert.Equal(resource == "nodes", made["status"]?["is"] is not null);
    }

    [Fact]
    public void Generations_are_counted_where_upstream_does() =>
        Assert.Equal(Counted.Order(), BuiltIns.All.Where(d => d.Strategy.HasGeneration).Select(d => d.Resource).Order());

    [Fact]
    public void A_generation_is_of_the_spec_alone()
    {
        var strategy = Definition("deployments").Strategy;
        var old = BuiltIns.Yaml("{metadata: {labels: {a: b}}, spec: {replicas: 1}, status: {replicas: 1}}");
        Assert.False(strategy.IsNewGeneration(BuiltIns.Yaml("{metadata: {labels: {a: c}}, spec: {replicas: 1}, status: {replicas: 2}}"), old));
        Assert.True(strategy.IsNewGeneration(BuiltIns.Yaml("{metadata: {labels: {a: b}}, spec: {replicas: 2}, status: {replicas: 1}}"), old));
    }

    private static ResourceDefinition Definition(string resource) => BuiltIns.Find(resource, resource == "events" ? "" : null);

    /// <summary>With what every object has by the time it is validated.</summary>
    private static JsonObject Make(ResourceDefinition definition, string document)
    {
        var made = BuiltIns.Yaml(KindTable.Expand(document));
        var metadata = made.Metadata;
        if (metadata["name"] is null)
            made.Name = "a";
        metadata["uid"] = "u";
        if (definition.Namespaced)
            made.Namespace = "default";
        definition.Strategy.Default(made);
        return made;
    }
}
