using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Tests.Server;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Endpoints;

/// <summary>Tables and managedFields, whole.</summary>
public sealed class ObjectBytesTests(ApiServerFixture fixture)
{
    private const string Merge = "application/merge-patch+json";

    private TestApiServer Server => fixture.Server;

    [Fact]
    public async Task A_table_of_pods()
    {
        var ns = await Server.NamespaceAsync();
        await OkAsync(HttpMethod.Post, $"/api/v1/namespaces/{ns}/serviceaccounts", """{"metadata":{"name":"default"}}""");
        var pods = $"/api/v1/namespaces/{ns}/pods";
        foreach (var name in (string[])["pending", "ready", "failing"])
            await OkAsync(HttpMethod.Post, pods + "?fieldManager=test", $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"automountServiceAccountToken":false,"containers":[{"name":"c","image":"i"},{"name":"d","image":"j"}],"readinessGates":[{"conditionType":"example.com/gate"}]}}""");
        await OkAsync(HttpMethod.Patch, pods + "/ready/status?fieldManager=test",
            """{"status":{"phase":"Running","podIP":"10.0.0.1","podIPs":[{"ip":"10.0.0.1"}],"conditions":[{"type":"Ready","status":"True"},{"type":"example.com/gate","status":"True"}],"containerStatuses":[{"name":"c","image":"i","imageID":"","ready":true,"restartCount":0,"state":{"running":{}}},{"name":"d","image":"j","imageID":"","ready":true,"restartCount":0,"state":{"running":{}}}]}}""", Merge);
        await OkAsync(HttpMethod.Patch, pods + "/failing/status?fieldManager=test",
            """{"status":{"phase":"Running","containerStatuses":[{"name":"c","image":"i","imageID":"","ready":false,"restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}}},{"name":"d","image":"j","imageID":"","ready":true,"restartCount":0,"state":{"running":{}}}]}}""", Merge);
        await TableMatchesAsync("table-pods.json", pods);
    }

    [Fact]
    public async Task A_table_of_nodes()
    {
        await OkAsync(HttpMethod.Post, "/api/v1/nodes?fieldManager=test", """{"metadata":{"name":"golden-node","labels":{"node-role.kubernetes.io/control-plane":""}},"spec":{"unschedulable":true}}""");
        await OkAsync(HttpMethod.Patch, "/api/v1/nodes/golden-node/status?fieldManager=test",
            """{"status":{"addresses":[{"type":"InternalIP","address":"10.0.0.7"}],"conditions":[{"type":"Ready","status":"True"}],"nodeInfo":{"kubeletVersion":"v1.36.2","osImage":"Linux","kernelVersion":"6.1","containerRuntimeVersion":"containerd://2.0","machineID":"","systemUUID":"","bootID":"","kubeProxyVersion":"","operatingSystem":"linux","architecture":"amd64"}}}""", Merge);
        await TableMatchesAsync("table-nodes.json", "/api/v1/nodes?fieldSelector=metadata.name%3Dgolden-node");
    }

    [Fact]
    public async Task A_table_of_deployments()
    {
        var ns = await Server.NamespaceAsync();
        var path = $"/apis/apps/v1/namespaces/{ns}/deployments";
        await OkAsync(HttpMethod.Post, path + "?fieldManager=test", """{"metadata":{"name":"web"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"nginx"},{"name":"side","image":"side:1"}]}}}}""");
        await OkAsync(HttpMethod.Patch, path + "/web/status?fieldManager=test", """{"status":{"replicas":3,"updatedReplicas":3,"readyReplicas":2,"availableReplicas":2}}""", Merge);
        await TableMatchesAsync("table-deployments.json", path);
    }

    /// <summary>Who owns what after each kind of write.</summary>
    [Fact]
    public async Task Managed_fields_of_a_life()
    {
        var ns = await Server.NamespaceAsync();
        var path = $"/apis/apps/v1/namespaces/{ns}/deployments";
        var made = await OkAsync(HttpMethod.Post, path + "?fieldManager=creator", """
            {"metadata":{"name":"web","labels":{"app":"web"}},"spec":{"selector":{"matchLabels":{"app":"web"}},
            "template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"web","image":"nginx","ports":[{"containerPort":80}],"env":[{"name":"A","value":"1"}]}]}}}}
            """);
        Matches("managed-fields-create.json", made);

        made["spec"]!["template"]!["spec"]!["containers"]![0]!["image"] = "nginx:2";
        made.Labels!["tier"] = "front";
        made["metadata"]!.AsObject().Remove("managedFields");
        Matches("managed-fields-update.json", await OkAsync(HttpMethod.Put, path + "/web?fieldManager=updater", made.ToJsonString()));

        Matches("managed-fields-apply.json", await OkAsync(HttpMethod.Patch, path + "/web?fieldManager=applier", """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web, annotations: {note: one}}, spec: {template: {spec: {containers: [{name: web, image: "nginx:2"}, {name: side, image: "side:1"}]}}}}
            """, "application/apply-patch+yaml"));
        Matches("managed-fields-status.json", await OkAsync(HttpMethod.Patch, path + "/web/status?fieldManager=controller",
            """{"status":{"replicas":1,"conditions":[{"type":"Available","status":"True","reason":"r","message":"m"}]}}""", Merge));
        Matches("managed-fields-scale.json", await ScaledAsync(path));
        Matches("managed-fields-given-up.json", await OkAsync(HttpMethod.Patch, path + "/web?fieldManager=applier", """
            {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template: {spec: {containers: [{name: web, image: "nginx:2"}]}}}}
            """, "application/apply-patch+yaml"));
    }

    private async Task<JsonObject> ScaledAsync(string path)
    {
        await OkAsync(HttpMethod.Patch, path + "/web/scale?fieldManager=scaler", """{"spec":{"replicas":4}}""", Merge);
        return await OkAsync(HttpMethod.Get, path + "/web", null);
    }

    private static void Matches(string golden, JsonObject document) =>
        Golden.Matches(golden, document["metadata"]!["managedFields"]!.ToJsonString(new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));

    private async Task TableMatchesAsync(string golden, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
        using var answer = await Server.Admin.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Golden.Matches(golden, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<JsonObject> OkAsync(HttpMethod method, string path, string? body, string type = "application/json")
    {
        var (code, answer) = await Server.SendAsync(method, path, body, type);
        Assert.True(code is HttpStatusCode.OK or HttpStatusCode.Created, answer.ToJsonString());
        return answer;
    }
}
