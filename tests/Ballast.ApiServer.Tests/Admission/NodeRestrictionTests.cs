namespace Ballast.ApiServer.Tests.Admission;

public sealed class NodeRestrictionTests : AdmissionTests
{
    private const string Plugin = "NodeRestriction";
    private const string Owner = """{"apiVersion":"v1","kind":"Node","name":"n1","uid":"u1","controller":true}""";

    [Fact]
    public async Task Others_are_not_restricted() => _ = await CreateAsync(Plugin, "pods", """{"metadata":{"name":"p","namespace":"a"},"spec":{"nodeName":"n2"}}""");

    [Fact]
    public async Task A_mirror_pod_of_the_node_may_be_created()
    {
        _ = await Catalog["nodes"].AddAsync("""{"metadata":{"name":"n1","uid":"u1"}}""");
        _ = await CreateAsync(Plugin, "pods", Pod(), user: Node);
    }

    [Theory]
    [InlineData("{}", "n1", Owner, "", "pod does not have \"kubernetes.io/config.mirror\" annotation, node \"n1\" can only create mirror pods")]
    [InlineData(null, "n2", Owner, "", "node \"n1\" can only create pods with spec.nodeName set to itself")]
    [InlineData(null, "n1", "", "", "node \"n1\" can only create pods with an owner reference set to itself")]
    [InlineData(null, "n1", Owner + "," + Owner, "", "node \"n1\" can only create pods with a single owner reference set to itself")]
    [InlineData(null, "n1", """{"apiVersion":"v1","kind":"Node","name":"n1","uid":"u2","controller":true}""", "", "node n1 UID mismatch: expected u1 got u2")]
    [InlineData(null, "n1", Owner, ",\"serviceAccountName\":\"x\"", "node \"n1\" can not create pods that reference a service account")]
    [InlineData(null, "n1", Owner, ",\"volumes\":[{\"secret\":{\"secretName\":\"s\"}}]", "node \"n1\" can not create pods that reference secrets")]
    [InlineData(null, "n1", Owner, ",\"volumes\":[{\"configMap\":{\"name\":\"s\"}}]", "node \"n1\" can not create pods that reference configmaps")]
    public async Task Any_other_pod_may_not(string? annotations, string node, string owners, string spec, string why)
    {
        _ = await Catalog["nodes"].AddAsync("""{"metadata":{"name":"n1","uid":"u1"}}""");
        await RefusedAsync("pods \"p\" is forbidden: " + why, () => CreateAsync(Plugin, "pods", Pod(annotations, node, owners, spec), user: Node));
    }

    [Fact]
    public async Task Pods_of_other_nodes_are_out_of_reach()
    {
        const string Theirs = """{"metadata":{"name":"p","namespace":"a"},"spec":{"nodeName":"n2"}}""";
        await DeleteAsync(Plugin, "pods", Pod(), user: Node);
        await RefusedAsync("pods \"p\" is forbidden: node \"n1\" can only delete pods with spec.nodeName set to itself", () => DeleteAsync(Plugin, "pods", Theirs, user: Node));
        await RefusedAsync("pods \"p\" is forbidden: node \"n1\" can only update pod status for pods with spec.nodeName set to itself",
            () => UpdateAsync(Plugin, "pods", Theirs, Theirs, user: Node, subresource: "status"));
    }

    [Theory]
    [InlineData("{}", "{\"kubernetes.io/hostname\":\"n1\",\"team\":\"a\",\"node.kubernetes.io/x\":\"y\"}", "", null)]
    [InlineData("{}", "{\"node-role.kubernetes.io/control-plane\":\"\"}", "", "nodes \"n1\" is forbidden: is not allowed to modify labels: node-role.kubernetes.io/control-plane")]
    [InlineData("{}", "{\"x.node-restriction.kubernetes.io/a\":\"\"}", "", "nodes \"n1\" is forbidden: is not allowed to modify labels: x.node-restriction.kubernetes.io/a")]
    [InlineData("{}", "{}", "{\"key\":\"a\",\"effect\":\"NoSchedule\"}", "nodes \"n1\" is forbidden: node \"n1\" is not allowed to modify taints")]
    public async Task Of_its_own_node_it_changes_neither_taints_nor_foreign_labels(string before, string labels, string taint, string? refusal)
    {
        var old = $$$"""{"metadata":{"name":"n1","labels":{{{before}}}},"spec":{}}""";
        var changed = $$$"""{"metadata":{"name":"n1","labels":{{{labels}}}},"spec":{"taints":[{{{taint}}}]}}""";
        if (refusal is null)
            _ = await UpdateAsync(Plugin, "nodes", old, changed, user: Node);
        else
            await RefusedAsync(refusal, () => UpdateAsync(Plugin, "nodes", old, changed, user: Node));
    }

    [Fact]
    public async Task Another_node_another_lease_and_an_unbound_token_are_refused()
    {
        const string Other = """{"metadata":{"name":"n2"}}""";
        await RefusedAsync("nodes \"n2\" is forbidden: node \"n1\" is not allowed to modify node \"n2\"", () => UpdateAsync(Plugin, "nodes", Other, Other, user: Node));
        await RefusedAsync("leases.coordination.k8s.io \"n2\" is forbidden: can only access node lease with the same name as the requesting node",
            () => CreateAsync(Plugin, "leases", """{"metadata":{"name":"n2","namespace":"kube-node-lease"}}""", "coordination.k8s.io", Node));
        await RefusedAsync("serviceaccounts \"x\" is forbidden: node requested token not bound to a pod",
            () => CreateAsync(Plugin, "serviceaccounts", """{"metadata":{"name":"x","namespace":"a"},"spec":{}}""", user: Node, subresource: "token"));
    }

    private static string Pod(string? annotations = null, string node = "n1", string owners = Owner, string spec = "") =>
        $$$"""{"metadata":{"name":"p","namespace":"a","annotations":{{{annotations ?? "{\"kubernetes.io/config.mirror\":\"x\"}"}}},"ownerReferences":[{{{owners}}}]},"spec":{"nodeName":"{{{node}}}"{{{spec}}}}}""";
}
