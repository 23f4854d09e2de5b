using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>The verbs people use every day, on a Deployment that becomes Ready on the workers.</summary>
[Collection(OneCluster.Name)]
public sealed class KubectlTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Fact]
    public async Task A_Deployment_goes_through_its_life()
    {
        await Cluster.KubectlAsync("create", "namespace", "life");
        await Cluster.KubectlAsync("-n", "life", "create", "deployment", "web", "--image=nginx:1.27", "--replicas=20");
        await Cluster.KubectlAsync("-n", "life", "rollout", "status", "deployment/web", "--timeout=60s");
        Assert.Equal("20", await Cluster.KubectlAsync("-n", "life", "get", "deployment", "web", "-o", "jsonpath={.status.readyReplicas}"));
        var nodes = (await Cluster.KubectlAsync("-n", "life", "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}")).Split(' ').Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(["worker-1", "worker-2"], nodes);

        await Cluster.KubectlAsync("-n", "life", "set", "image", "deployment/web", "nginx=nginx:1.28");
        await Cluster.KubectlAsync("-n", "life", "annotate", "deployment/web", "kubernetes.io/change-cause=new image");
        await Cluster.KubectlAsync("-n", "life", "rollout", "status", "deployment/web", "--timeout=90s");
        Assert.Contains("new image", await Cluster.KubectlAsync("-n", "life", "rollout", "history", "deployment/web"), StringComparison.Ordinal);
        await Cluster.KubectlAsync("-n", "life", "rollout", "undo", "deployment/web");
        await Cluster.KubectlAsync("-n", "life", "rollout", "status", "deployment/web", "--timeout=90s");
        Assert.Equal("nginx:1.27", await Cluster.KubectlAsync("-n", "life", "get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"));

        await Cluster.KubectlAsync("-n", "life", "scale", "deployment/web", "--replicas=5");
        await Cluster.KubectlAsync("-n", "life", "wait", "deployment/web", "--for=jsonpath={.status.replicas}=5", "--timeout=60s");
        await Cluster.KubectlAsync("-n", "life", "delete", "deployment", "web", "--timeout=60s");
        await TestCluster.EventuallyAsync(async () => (await Cluster.KubectlAsync("-n", "life", "get", "pods,replicasets", "-o", "name")).Length == 0,
            TimeSpan.FromSeconds(60), "the Deployment's pods and ReplicaSets are gone");
        await Cluster.KubectlAsync("delete", "namespace", "life", "--timeout=60s");
    }

    [Fact]
    public async Task Apply_creates_changes_and_prunes_fields()
    {
        const string first = """
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: applied
              labels: {a: "1", b: "2"}
            data: {x: "1", y: "2"}
            """;
        Assert.Contains("configmap/applied created", await Cluster.KubectlWithAsync(first, "apply", "-f", "-"), StringComparison.Ordinal);
        Assert.Contains("configmap/applied unchanged", await Cluster.KubectlWithAsync(first, "apply", "-f", "-"), StringComparison.Ordinal);
        Assert.Contains("configmap/applied configured",
            await Cluster.KubectlWithAsync(first.Replace(", b: \"2\"", "", StringComparison.Ordinal).Replace(", y: \"2\"", "", StringComparison.Ordinal), "apply", "-f", "-"), StringComparison.Ordinal);
        Assert.Equal("""{"x":"1"}""", await Cluster.KubectlAsync("get", "configmap", "applied", "-o", "jsonpath={.data}"));
        await Cluster.KubectlAsync("delete", "configmap", "applied");
    }

    [Fact]
    public async Task Objects_are_patched_labelled_annotated_and_described()
    {
        await Cluster.KubectlAsync("create", "configmap", "verbs", "--from-literal=a=1");
        await Cluster.KubectlAsync("patch", "configmap", "verbs", "--type=merge", "-p", """{"data":{"b":"2"}}""");
        await Cluster.KubectlAsync("patch", "configmap", "verbs", "--type=json", "-p", """[{"op":"remove","path":"/data/a"}]""");
        await Cluster.KubectlAsync("label", "configmap", "verbs", "tier=test");
        await Cluster.KubectlAsync("annotate", "configmap", "verbs", "note=hello");
        Assert.Equal("""{"b":"2"} test hello""", await Cluster.KubectlAsync("get", "configmap", "-l", "tier=test", "-o", "jsonpath={.items[0].data} {.items[0].metadata.labels.tier} {.items[0].metadata.annotations.note}"));
        Assert.Contains("tier=test", await Cluster.KubectlAsync("describe", "configmap", "verbs"), StringComparison.Ordinal);
        Assert.Contains("kind: ConfigMap", await Cluster.KubectlAsync("get", "configmap", "verbs", "-o", "yaml"), StringComparison.Ordinal);
        await Cluster.KubectlAsync("delete", "configmap", "verbs");
        var gone = await Cluster.TryKubectlAsync("get", "configmap", "verbs");
        Assert.Equal("Error from server (NotFound): configmaps \"verbs\" not found\n", gone.Error);
    }

    [Fact]
    public async Task A_watch_tells_of_changes()
    {
        await Cluster.KubectlAsync("create", "configmap", "watched", "--from-literal=a=1");
        var watch = Cluster.TryKubectlAsync("get", "configmap", "watched", "-w", "--request-timeout=6s", "-o", "jsonpath={.data}{\"\\n\"}");
        await Task.Delay(1500, TestContext.Current.CancellationToken);
        await Cluster.KubectlAsync("patch", "configmap", "watched", "--type=merge", "-p", """{"data":{"a":"2"}}""");
        Assert.Equal(["""{"a":"1"}""", """{"a":"2"}"""], (await watch).Lines);
        await Cluster.KubectlAsync("delete", "configmap", "watched");
    }

    [Fact]
    public async Task A_node_is_tainted_cordoned_drained_and_comes_back()
    {
        await Cluster.KubectlAsync("create", "namespace", "drain");
        await Cluster.KubectlAsync("-n", "drain", "create", "deployment", "web", "--image=nginx", "--replicas=4");
        await Cluster.KubectlAsync("-n", "drain", "rollout", "status", "deployment/web", "--timeout=60s");
        await Cluster.KubectlAsync("cordon", "worker-2");
        Assert.Contains("SchedulingDisabled", await Cluster.KubectlAsync("get", "node", "worker-2"), StringComparison.Ordinal);
        await Cluster.KubectlAsync("drain", "worker-2", "--ignore-daemonsets", "--timeout=60s");
        await Cluster.KubectlAsync("-n", "drain", "rollout", "status", "deployment/web", "--timeout=60s");
        Assert.Equal(["worker-1"], (await Cluster.KubectlAsync("-n", "drain", "get", "pods", "-o", "jsonpath={.items[*].spec.nodeName}")).Split(' ').Distinct());
        await Cluster.KubectlAsync("uncordon", "worker-2");
        await Cluster.KubectlAsync("taint", "node", "worker-2", "test=yes:NoSchedule");
        Assert.Contains("test=yes:NoSchedule", await Cluster.KubectlAsync("describe", "node", "worker-2"), StringComparison.Ordinal);
        await Cluster.KubectlAsync("taint", "node", "worker-2", "test=yes:NoSchedule-");
        await Cluster.KubectlAsync("delete", "namespace", "drain", "--timeout=60s");
    }

    [Fact]
    public async Task The_API_is_discovered_and_asked_for_permissions()
    {
        var resources = await Cluster.KubectlAsync("api-resources", "--no-headers");
        Assert.Contains("deployments", resources, StringComparison.Ordinal);
        Assert.Contains("flowschemas", resources, StringComparison.Ordinal);
        Assert.Equal("yes", (await Cluster.KubectlAsync("auth", "can-i", "delete", "nodes")).Trim());
        var refused = await Cluster.TryKubectlAsync("auth", "can-i", "delete", "nodes", "--as=system:serviceaccount:default:default");
        Assert.Equal("no", refused.Output.Trim());
        Assert.Contains("Server Version: v1.36", await Cluster.KubectlAsync("version"), StringComparison.Ordinal);
        Assert.Contains("replicas\t<integer>", await Cluster.KubectlAsync("explain", "deployment.spec"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_of_a_control_plane_pod_are_read_through_the_API() =>
        Assert.NotEmpty((await Cluster.KubectlAsync("logs", "-n", "kube-system", "kube-scheduler-control-plane-1", "--tail=5")).Trim());
}
