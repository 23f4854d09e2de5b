using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>Server-side apply of <c>scale</c> and <c>status</c>: who owns what of the one object below.</summary>
public sealed class SubresourceApplyTests(ApiServerFixture fixture)
{
    private const string Apply = "application/apply-patch+yaml";

    private TestApiServer Server => fixture.Server;

    [Fact]
    public async Task Scale_is_owned_as_the_parents_replicas()
    {
        var path = await DeploymentAsync("replicas: 1, ");
        var (code, conflict) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale?fieldManager=scaler", Scale("spec: {replicas: 3}"), Apply);
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"owner\": .spec.replicas", conflict.StringAt("message"));

        (code, var scale) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale?fieldManager=scaler&force=true", Scale("spec: {replicas: 3}"), Apply);
        Assert.Equal((HttpStatusCode.OK, "Scale", 3L), (code, scale.Kind, scale["spec"]!["replicas"]!.GetValue<long>()));

        var deployment = (await Server.SendAsync(HttpMethod.Get, path)).Body;
        Assert.Equal(3, deployment["spec"]!["replicas"]!.GetValue<long>());
        var entry = EntryOf(deployment, "scaler");
        Assert.Equal(("Apply", "apps/v1", "scale", """{"f:spec":{"f:replicas":{}}}"""),
            (entry.StringAt("operation"), entry.StringAt("apiVersion"), entry.StringAt("subresource"), entry["fieldsV1"]!.ToJsonString()));
        Assert.Null(EntryOf(deployment, "owner")["fieldsV1"]!["f:spec"]!["f:replicas"]);
    }

    [Fact]
    public async Task A_scale_that_its_only_owner_gives_up_is_zero()
    {
        var path = await DeploymentAsync("");
        var (code, _) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale?fieldManager=scaler&force=true", Scale("spec: {replicas: 3}"), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        (code, _) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale?fieldManager=scaler", Scale("spec: {}"), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        var deployment = (await Server.SendAsync(HttpMethod.Get, path)).Body;
        Assert.Equal(0, deployment["spec"]!["replicas"]!.GetValue<long>());
        Assert.DoesNotContain(deployment["metadata"]!["managedFields"]!.AsArray(), e => e!["manager"]!.GetValue<string>() == "scaler");
    }

    [Theory]
    [InlineData("spec: {replicas: -1}", HttpStatusCode.UnprocessableEntity, "Scale.autoscaling \"d\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0")]
    [InlineData("spec: {replicas: many}", HttpStatusCode.InternalServerError, "failed to create typed patch object (/d; autoscaling/v1, Kind=Scale): .spec.replicas: expected numeric (int or float), got string")]
    public async Task A_scale_that_cannot_be_is_refused_and_nothing_scaled(string spec, HttpStatusCode code, string message)
    {
        var path = await DeploymentAsync("replicas: 2, ");
        var (applied, status) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale?fieldManager=scaler&force=true", Scale(spec), Apply);
        Assert.Equal((code, message), (applied, status.StringAt("message")));
        var (patched, _) = await Server.SendAsync(HttpMethod.Patch, $"{path}/scale", spec.Contains("many", StringComparison.Ordinal) ? """{"spec":{"replicas":"many"}}""" : """{"spec":{"replicas":-1}}""", "application/merge-patch+json");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, patched);
        Assert.Equal(2, (await Server.SendAsync(HttpMethod.Get, path)).Body["spec"]!["replicas"]!.GetValue<long>());
    }

    [Fact]
    public async Task No_object_is_made_by_an_apply_below_it()
    {
        var ns = await Server.NamespaceAsync();
        foreach (var (subresource, body) in new[] { ("scale", Scale("spec: {replicas: 3}")), ("status", Deployment("status: {replicas: 3}")) })
        {
            var (code, status) = await Server.SendAsync(HttpMethod.Patch, $"/apis/apps/v1/namespaces/{ns}/deployments/d/{subresource}?fieldManager=x", body, Apply);
            Assert.Equal((HttpStatusCode.NotFound, "deployments.apps \"d\" not found"), (code, status.StringAt("message")));
        }
    }

    [Fact]
    public async Task An_apply_of_the_status_writes_and_owns_the_status_alone()
    {
        var path = await DeploymentAsync("replicas: 1, ");
        var (code, deployment) = await Server.SendAsync(HttpMethod.Patch, $"{path}/status?fieldManager=reporter",
            Deployment("spec: {replicas: 9}\nstatus: {conditions: [{type: Available, status: 'True'}]}"), Apply);
        Assert.True(code == HttpStatusCode.OK, deployment.ToJsonString());
        Assert.Equal(1, deployment["spec"]!["replicas"]!.GetValue<long>());
        var entry = EntryOf(deployment, "reporter");
        Assert.Equal(("Apply", "status"), (entry.StringAt("operation"), entry.StringAt("subresource")));
        Assert.Equal("""{"f:status":{"f:conditions":{"k:{\"type\":\"Available\"}":{".":{},"f:status":{},"f:type":{}}}}}""", entry["fieldsV1"]!.ToJsonString(Relaxed));

        (code, var conflict) = await Server.SendAsync(HttpMethod.Patch, $"{path}/status?fieldManager=other",
            Deployment("status: {conditions: [{type: Available, status: 'False'}]}"), Apply);
        Assert.Equal(HttpStatusCode.Conflict, code);
        Assert.Equal("Apply failed with 1 conflict: conflict with \"reporter\" with subresource \"status\": .status.conditions[type=\"Available\"].status", conflict.StringAt("message"));

        (code, deployment) = await Server.SendAsync(HttpMethod.Patch, $"{path}/status?fieldManager=reporter", Deployment(""), Apply);
        Assert.Equal(HttpStatusCode.OK, code);
        Assert.Null(deployment["status"]?["conditions"]);
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Scale(string rest) => $"apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {{name: d}}\n{rest}\n";

    private static string Deployment(string rest) => $"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\n{rest}\n";

    private static JsonObject EntryOf(JsonObject document, string manager) =>
        Assert.Single(document["metadata"]!["managedFields"]!.AsArray(), e => e!["manager"]!.GetValue<string>() == manager)!.AsObject();

    /// <summary>Applied by <c>owner</c>; returns its path.</summary>
    private async Task<string> DeploymentAsync(string replicas)
    {
        var path = $"/apis/apps/v1/namespaces/{await Server.NamespaceAsync()}/deployments/d";
        var (code, answer) = await Server.SendAsync(HttpMethod.Patch, $"{path}?fieldManager=owner", Deployment(
            $"spec: {{{replicas}selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {{containers: [{{name: c, image: i}}]}}}}}}"), Apply);
        Assert.True(code == HttpStatusCode.Created, answer.ToJsonString());
        return path;
    }
}
