using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Authorization;
using Ballast.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Authorization;

public sealed class NodeAuthorizerTests : IAsyncLifetime
{
    private static readonly UserInfo Node = UserInfo.Authenticated("system:node:n1", "system:nodes");
    private readonly CancellationTokenSource _stop = new();
    private readonly InMemoryCatalog _catalog = new();
    private Task _running = Task.CompletedTask;
    private ServerAuthorization _authorization = null!;

    public async ValueTask InitializeAsync()
    {
        _ = await _catalog["pods"].AddAsync(
            """
            {"metadata":{"name":"p1","namespace":"a"},"spec":{"nodeName":"n1","serviceAccountName":"robot","imagePullSecrets":[{"name":"pull"}],
             "containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"env"}}}],"envFrom":[{"configMapRef":{"name":"conf"}}]}],
             "volumes":[{"secret":{"secretName":"vol"}},{"persistentVolumeClaim":{"claimName":"claim"}},{"projected":{"sources":[{"configMap":{"name":"root"}}]}}]}}
            """);
        _ = await _catalog["pods"].AddAsync("""{"metadata":{"name":"p2","namespace":"a"},"spec":{"nodeName":"n2","volumes":[{"secret":{"secretName":"theirs"}}]}}""");
        _ = await _catalog["pods"].AddAsync("""{"metadata":{"name":"m","namespace":"a","annotations":{"kubernetes.io/config.mirror":"x"}},"spec":{"nodeName":"n1","volumes":[{"secret":{"secretName":"wanted"}}]}}""");
        _ = await _catalog["persistentvolumes"].AddAsync("""{"metadata":{"name":"pv"},"spec":{"claimRef":{"namespace":"a","name":"claim"},"csi":{"nodePublishSecretRef":{"namespace":"s","name":"csi"}}}}""");
        _authorization = new ServerAuthorization(["Node"], _catalog, TimeProvider.System, NullLoggerFactory.Instance);
        _running = _authorization.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    [Theory]
    [InlineData("get", "", "secrets", "a", "pull")]
    [InlineData("watch", "", "secrets", "a", "env")]
    [InlineData("list", "", "secrets", "a", "vol")]
    [InlineData("get", "", "secrets", "s", "csi")]
    [InlineData("get", "", "configmaps", "a", "conf")]
    [InlineData("get", "", "configmaps", "a", "root")]
    [InlineData("get", "", "persistentvolumeclaims", "a", "claim")]
    [InlineData("get", "", "persistentvolumes", "", "pv")]
    [InlineData("get", "", "pods", "a", "p1")]
    [InlineData("create", "", "serviceaccounts/token", "a", "robot")]
    [InlineData("update", "coordination.k8s.io", "leases", "kube-node-lease", "n1")]
    [InlineData("get", "", "nodes", "", "n1")]
    [InlineData("patch", "", "nodes/status", "", "n1")]
    [InlineData("create", "", "nodes", "", "")]
    [InlineData("create", "", "events", "a", "")]
    [InlineData("list", "", "services", "", "")]
    public async Task A_node_reaches_what_its_pods_need(string verb, string group, string resource, string ns, string name) =>
        Assert.Equal((AuthorizationDecision.Allow, ""), await DecideAsync(verb, group, resource, ns, name));

    [Theory]
    [InlineData("get", "", "secrets", "a", "theirs", "no relationship found between node 'n1' and this object")]
    [InlineData("get", "", "secrets", "b", "pull", "no relationship found between node 'n1' and this object")]
    [InlineData("get", "", "secrets", "a", "wanted", "no relationship found between node 'n1' and this object")]
    [InlineData("list", "", "secrets", "a", "", "No Object name found")]
    [InlineData("list", "", "secrets", "", "", "can only read namespaced object of this type")]
    [InlineData("update", "", "secrets", "a", "pull", "can only read resources of this type")]
    [InlineData("list", "", "persistentvolumes", "", "", "can only get individual resources of this type")]
    [InlineData("get", "", "pods", "a", "p2", "no relationship found between node 'n1' and this object")]
    [InlineData("list", "", "pods", "", "", "can only list/watch pods with spec.nodeName field selector")]
    [InlineData("get", "", "nodes", "", "n2", "node \"n1\" cannot read \"n2\", only its own Node object")]
    [InlineData("list", "", "nodes", "", "", "node \"n1\" cannot read all nodes, only its own Node object")]
    [InlineData("get", "coordination.k8s.io", "leases", "kube-node-lease", "n2", "can only access node lease with the same name as the requesting node")]
    [InlineData("get", "coordination.k8s.io", "leases", "kube-system", "n1", "can only access leases in the \"kube-node-lease\" system namespace")]
    [InlineData("create", "", "namespaces", "", "", "")]
    public async Task And_nothing_else(string verb, string group, string resource, string ns, string name, string reason) =>
        Assert.Equal((AuthorizationDecision.NoOpinion, reason), await DecideAsync(verb, group, resource, ns, name));

    [Fact]
    public async Task It_lists_and_watches_its_own_pods() =>
        Assert.Equal(AuthorizationDecision.Allow, (await _authorization.Authorizer.AuthorizeAsync(
            Ask(Node, "watch", "", "pods", "", "") with { FieldSelector = "spec.nodeName=n1" }, TestContext.Current.CancellationToken)).Decision);

    [Fact]
    public async Task A_member_of_the_group_without_a_nodes_name_is_nobody() => Assert.Equal((AuthorizationDecision.NoOpinion, "unknown node for user \"eve\""),
        await _authorization.Authorizer.AuthorizeAsync(Ask(UserInfo.Authenticated("eve", "system:nodes"), "get", "", "nodes", "", "n1"), TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_pod_that_is_gone_opens_nothing()
    {
        Assert.Equal(AuthorizationDecision.Allow, (await DecideAsync("get", "", "secrets", "a", "pull")).Decision);
        await _catalog["pods"].RemoveAsync("a", "p1");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        while ((await DecideAsync("get", "", "secrets", "a", "pull")).Decision == AuthorizationDecision.Allow)
            await Task.Delay(5, limit.Token);
        Assert.Equal(AuthorizationDecision.NoOpinion, (await DecideAsync("get", "", "secrets", "s", "csi")).Decision);
    }

    private ValueTask<(AuthorizationDecision Decision, string Reason)> DecideAsync(string verb, string group, string resource, string ns, string name) =>
        _authorization.Authorizer.AuthorizeAsync(Ask(Node, verb, group, resource, ns, name), TestContext.Current.CancellationToken);

    private static AuthorizationAttributes Ask(UserInfo user, string verb, string group, string resource, string ns, string name) => new(user, verb)
    {
        IsResourceRequest = true,
        Group = group,
        Resource = resource.Split('/')[0],
        Subresource = resource.Contains('/', StringComparison.Ordinal) ? resource.Split('/')[1] : "",
        Namespace = ns,
        Name = name,
    };
}
