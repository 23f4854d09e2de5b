using Ballast.ControllerManager.Namespaces;
using Ballast.ControllerManager.RootCertificates;
using Ballast.ControllerManager.ServiceAccounts;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.Namespaces;

public sealed class NamespaceTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task A_new_namespace_gets_its_service_account_and_the_root_certificate()
    {
        await CreateAsync("team");
        await _cluster.RunAsync(c => new ServiceAccountController(c), c => new RootCertificatePublisher(c, "PEM"));
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ServiceAccount>("team")).Any(a => a.Metadata.Name == "default"), "the account");
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ConfigMap>("team")).Any(m => m.Data["ca.crt"] == "PEM"), "the certificate");
    }

    [Fact]
    public async Task What_is_deleted_or_changed_by_hand_comes_back()
    {
        await CreateAsync("team");
        await _cluster.RunAsync(c => new ServiceAccountController(c), c => new RootCertificatePublisher(c, "PEM"));
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ServiceAccount>("team")).Count == 1 && (await _cluster.ListAsync<V1ConfigMap>("team")).Count == 1, "both");
        await _cluster.Client.Resources<V1ServiceAccount>().DeleteAsync("team", "default", null, Cluster.Cancel);
        await _cluster.Client.Resources<V1ConfigMap>().MergePatchAsync("team", "kube-root-ca.crt", new { data = new { extra = "x" } }, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1ServiceAccount>("team")).Count == 1, "the account");
        await _cluster.UntilAsync(async () => (await _cluster.GetAsync<V1ConfigMap>("kube-root-ca.crt", "team")).Data.Count == 1, "the certificate alone");
    }

    [Fact]
    public async Task A_deleted_namespace_goes_with_all_its_content_of_every_kind()
    {
        _cluster.Server.Serve(new("example.com", "v1", "widgets"), "Widget", isNamespaced: true);
        await CreateAsync("team");
        await CreateAsync("other");
        await _cluster.Client.Resources<V1ConfigMap>().CreateAsync(new() { Metadata = new() { Name = "a", NamespaceProperty = "team" } }, Cluster.Cancel);
        await _cluster.Client.Resources<V1ConfigMap>().CreateAsync(new() { Metadata = new() { Name = "kept", NamespaceProperty = "other" } }, Cluster.Cancel);
        await _cluster.Client.MetadataOf(new("example.com", "v1", "widgets")).CreateAsync(new() { Metadata = new() { Name = "w", NamespaceProperty = "team" } }, Cluster.Cancel);
        await _cluster.RunAsync(c => new NamespaceController(c));
        await _cluster.Client.Resources<V1Namespace>().DeleteAsync(null, "team", null, Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1Namespace>(null)).All(n => n.Metadata.Name != "team"), "the namespace to go");
        Assert.Empty(await _cluster.ListAsync<V1ConfigMap>("team"));
        Assert.Empty((await _cluster.Client.MetadataOf(new("example.com", "v1", "widgets")).ListAsync(new("team"), Cluster.Cancel)).Items);
        Assert.Single(await _cluster.ListAsync<V1ConfigMap>("other"));
    }

    [Fact]
    public async Task What_a_deletion_waits_for_is_named_in_the_conditions()
    {
        await CreateAsync("team");
        await _cluster.Client.Resources<V1ConfigMap>().CreateAsync(
            new() { Metadata = new() { Name = "a", NamespaceProperty = "team", Finalizers = ["example.com/wait"] } }, Cluster.Cancel);
        await _cluster.RunAsync(c => new NamespaceController(c));
        await _cluster.Client.Resources<V1Namespace>().DeleteAsync(null, "team", null, Cluster.Cancel);
        V1Namespace ns = null!;
        await _cluster.UntilAsync(async () => (ns = await _cluster.GetAsync<V1Namespace>("team", null)).Status.Conditions?.Count > 0, "conditions");
        Assert.Equal("Some resources are remaining: configmaps. has 1 resource instances", Message("NamespaceContentRemaining"));
        Assert.Equal("Some content in the namespace has finalizers remaining: example.com/wait in 1 resource instances", Message("NamespaceFinalizersRemaining"));
        Assert.Equal("All content successfully deleted, may be waiting on finalization", Message("NamespaceDeletionContentFailure"));
        await _cluster.Client.Resources<V1ConfigMap>().MergePatchAsync("team", "a", "{\"metadata\":{\"finalizers\":null}}", Cluster.Cancel);
        await _cluster.UntilAsync(async () => (await _cluster.ListAsync<V1Namespace>(null)).Count == 0, "the namespace to go");

        string Message(string type) => ns.Status.Conditions.Single(c => c.Type == type).Message;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task CreateAsync(string name) => _cluster.Client.Resources<V1Namespace>().CreateAsync(new() { Metadata = new() { Name = name } }, Cluster.Cancel);
}
