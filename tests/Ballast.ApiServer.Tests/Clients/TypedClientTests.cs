using System.Net;
using System.Text.Json.Nodes;
using Ballast.ApiServer.Tests.Server;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.ApiServer.Tests.Clients;

/// <summary>The official C# client's typed operations, every verb on every built-in kind. On a server of its own, as it makes kinds and groups that others would see.</summary>
public sealed class TypedClientTests(ApiServerFixture fixture) : IClassFixture<ApiServerFixture>, IDisposable
{
    private readonly Kubernetes _client = new(KubernetesClientConfiguration.BuildConfigFromConfigFile(fixture.Server.KubeconfigPath));

    public static TheoryData<string> Kinds => [.. MinimalObjects.Kinds];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task Every_kind_that_is_served_and_stored_has_its_row()
    {
        var served = new List<string>();
        var (_, core) = await fixture.Server.SendAsync(HttpMethod.Get, "/api/v1");
        served.AddRange(Stored("v1", core));
        foreach (var group in (await fixture.Server.SendAsync(HttpMethod.Get, "/apis")).Body["groups"]!.AsArray())
        {
            foreach (var version in group!["versions"]!.AsArray().Select(v => v!["groupVersion"]!.GetValue<string>()))
                served.AddRange(Stored(version, (await fixture.Server.SendAsync(HttpMethod.Get, "/apis/" + version)).Body));
        }
        Assert.Equal(MinimalObjects.Kinds.Order(StringComparer.Ordinal), served.Where(k => !k.Contains("example.com", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        static IEnumerable<string> Stored(string version, JsonObject list) => list["resources"]!.AsArray()
            .Where(r => !r!["name"]!.GetValue<string>().Contains('/', StringComparison.Ordinal) && r["verbs"]!.AsArray().Any(v => v!.GetValue<string>() == "update"))
            .Select(r => $"{version}/{r!["kind"]!.GetValue<string>()}");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Every_verb(string kind)
    {
        var ns = await NamespaceAsync();
        var operations = new TypedOperations(_client, kind, ns);
        var label = "typed-" + Guid.NewGuid().ToString("N")[..8];

        var made = await operations.CreateAsync(Minimal(kind, ns), Cancel);
        Assert.NotNull(made.Metadata.Uid);
        Assert.Equal((await operations.ReadAsync(made.Name(), Cancel)).Metadata.Uid, made.Metadata.Uid);
        Assert.Contains(await operations.ListAsync(Cancel), i => i.Metadata.Uid == made.Metadata.Uid);

        made = await ReplacedAsync(operations, made, label);
        Assert.Equal(label, made.GetLabel("replaced"));

        await Patched(V1Patch.PatchType.JsonPatch, $$"""[{"op":"add","path":"/metadata/labels/json","value":"{{label}}"}]""", "json");
        await Patched(V1Patch.PatchType.MergePatch, Labelled("merge"), "merge");
        await Patched(V1Patch.PatchType.StrategicMergePatch, Labelled("strategic"), "strategic");
        await Patched(V1Patch.PatchType.ApplyPatch, Labelled("applied"), "applied");

        foreach (var subresource in (await SubresourcesAsync(kind)).Where(operations.Reads))
            Assert.Equal(made.Name(), (await operations.ReadAsync(made.Name(), Cancel, subresource)).Name());

        made = await operations.ReadAsync(made.Name(), Cancel);
        var deleted = await operations.DeleteAsync(made.Name(), Cancel);
        if (IsHeld(made))
            return;
        Assert.Equal(made.Metadata.Uid, deleted is V1Status { Status: "Success" } status ? status.Details.Uid : ((IMetadata<V1ObjectMeta>)deleted).Metadata.Uid);
        var gone = await Assert.ThrowsAsync<HttpOperationException>(() => operations.ReadAsync(made.Name(), Cancel));
        Assert.Equal(HttpStatusCode.NotFound, gone.Response.StatusCode);

        var again = Minimal(kind, ns);
        again.SetLabel("collected", label);
        again = await operations.CreateAsync(again, Cancel);
        Assert.True(await operations.DeleteCollectionAsync("collected=" + label, Cancel), "there is no deletecollection");
        Assert.DoesNotContain(await operations.ListAsync(Cancel), i => i.Metadata.Uid == again.Metadata.Uid);

        string Labelled(string key) =>
            $$$$"""{"apiVersion":"{{{{made.ApiVersion}}}}","kind":"{{{{made.Kind}}}}","metadata":{"name":"{{{{made.Name()}}}}","labels":{"{{{{key}}}}":"{{{{label}}}}"}}}""";

        async Task Patched(V1Patch.PatchType type, string patch, string key) =>
            Assert.Equal(label, (await operations.PatchAsync(made.Name(), new V1Patch(patch, type), Cancel)).GetLabel(key));
    }

    /// <summary>The kinds that are asked, and not kept.</summary>
    [Fact]
    public async Task Reviews_are_answered()
    {
        var allowed = await _client.AuthorizationV1.CreateSelfSubjectAccessReviewAsync(
            new() { Spec = new() { ResourceAttributes = new() { Verb = "get", Resource = "pods" } } }, cancellationToken: Cancel);
        Assert.True(allowed.Status.Allowed);
        var other = await _client.AuthorizationV1.CreateSubjectAccessReviewAsync(
            new() { Spec = new() { User = "nobody", ResourceAttributes = new() { Verb = "get", Resource = "pods" } } }, cancellationToken: Cancel);
        Assert.False(other.Status.Allowed);
        var local = await _client.AuthorizationV1.CreateNamespacedLocalSubjectAccessReviewAsync(
            new() { Spec = new() { User = "nobody", ResourceAttributes = new() { Verb = "get", Resource = "pods", NamespaceProperty = "default" } } }, "default", cancellationToken: Cancel);
        Assert.False(local.Status.Allowed);
        var rules = await _client.AuthorizationV1.CreateSelfSubjectRulesReviewAsync(new() { Spec = new() { NamespaceProperty = "default" } }, cancellationToken: Cancel);
        Assert.NotEmpty(rules.Status.ResourceRules);
        var self = await _client.AuthenticationV1.CreateSelfSubjectReviewAsync(new(), cancellationToken: Cancel);
        Assert.Equal("kubernetes-admin", self.Status.UserInfo.Username);
        var token = await _client.AuthenticationV1.CreateTokenReviewAsync(new() { Spec = new() { Token = "none" } }, cancellationToken: Cancel);
        Assert.NotEqual(true, token.Status.Authenticated);
    }

    /// <summary>What the server has below a kind, in the client's spelling: <c>Status</c>.</summary>
    private async Task<IEnumerable<string>> SubresourcesAsync(string kind)
    {
        var version = kind[..kind.LastIndexOf('/')];
        var resources = (await fixture.Server.SendAsync(HttpMethod.Get, version == "v1" ? "/api/v1" : "/apis/" + version)).Body["resources"]!.AsArray();
        var resource = resources.First(r => version + "/" + r!["kind"]!.GetValue<string>() == kind && !r["name"]!.GetValue<string>().Contains('/', StringComparison.Ordinal))!["name"]!.GetValue<string>();
        return ((string[])["Status", "Scale", "Approval"]).Where(s => resources.Any(r => string.Equals(r!["name"]!.GetValue<string>(), $"{resource}/{s}", StringComparison.OrdinalIgnoreCase)));
    }

    private static IKubernetesObject<V1ObjectMeta> Minimal(string kind, string ns)
    {
        var made = MinimalObjects.Make(kind);
        switch (made)
        {
            case Corev1Event e:
                e.InvolvedObject.NamespaceProperty = ns;
                break;
            case Eventsv1Event e:
                e.Regarding.NamespaceProperty = ns;
                break;
        }
        return made;
    }

    // The server itself writes the status of some kinds in the meantime: then as any client does, once more on what there is now.
    private static async Task<IKubernetesObject<V1ObjectMeta>> ReplacedAsync(TypedOperations operations, IKubernetesObject<V1ObjectMeta> made, string label)
    {
        while (true)
        {
            made.SetLabel("replaced", label);
            try
            {
                return await operations.ReplaceAsync(made, Cancel);
            }
            catch (HttpOperationException conflict) when (conflict.Response.StatusCode == HttpStatusCode.Conflict)
            {
                made = await operations.ReadAsync(made.Name(), Cancel);
            }
        }
    }

    // What a finalizer holds, or gets one as it goes: it is gone later, when its content is.
    private static bool IsHeld(IKubernetesObject<V1ObjectMeta> made) => made is V1Namespace or V1CustomResourceDefinition || made.Metadata.Finalizers is { Count: > 0 };

    private async Task<string> NamespaceAsync()
    {
        var ns = await fixture.Server.NamespaceAsync();
        await _client.CoreV1.CreateNamespacedServiceAccountAsync(new() { Metadata = new() { Name = "default" } }, ns, cancellationToken: Cancel);
        return ns;
    }
}
