using System.Text.Json.Nodes;
using Ballast.Integration.Tests.Clusters;

namespace Ballast.Integration.Tests;

/// <summary>What a person sees who looks around on a fresh cluster.</summary>
[Collection(OneCluster.Name)]
public sealed class FreshClusterTests(ClusterFixture fixture) : ClusterTest(fixture)
{
    [Fact]
    public async Task Every_node_is_Ready_with_its_role_address_and_versions()
    {
        var rows = (await Cluster.KubectlAsync("get", "nodes", "-o", "wide", "--no-headers")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(5, rows.Length);
        foreach (var row in rows)
        {
            var cells = row.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("Ready", cells[1]);
            Assert.Equal(cells[0].StartsWith("control-plane", StringComparison.Ordinal) ? "control-plane" : "<none>", cells[2]);
            Assert.StartsWith("v1.36", cells[4], StringComparison.Ordinal);
            Assert.StartsWith("127.0.", cells[5], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Twelve_control_plane_pods_are_Running_on_their_hosts()
    {
        var rows = (await Cluster.KubectlAsync("get", "pods", "-n", "kube-system", "-l", "tier=control-plane", "-o", "wide", "--no-headers")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(12, rows.Length);
        foreach (var cells in rows.Select(r => r.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
        {
            Assert.Equal("1/1", cells[1]);
            Assert.Equal("Running", cells[2]);
            Assert.EndsWith(cells.Single(c => c.StartsWith("control-plane-", StringComparison.Ordinal)), cells[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_kubernetes_service_lists_every_API_server()
    {
        // A server that has just come back is listed a moment after it is ready.
        var addresses = await TestCluster.EventuallyAsync(async () =>
                (await Cluster.KubectlAsync("get", "endpoints", "kubernetes", "-n", "default", "-o", "jsonpath={.subsets[0].addresses[*].ip}")).Split(' ') is { Length: 3 } all ? all : null,
            TimeSpan.FromSeconds(20), "three API servers are listed");
        var slice = (await Cluster.KubectlAsync("get", "endpointslice", "kubernetes", "-n", "default", "-o", "jsonpath={.endpoints[*].addresses[0]}")).Split(' ');
        Assert.Equal(addresses.Order(StringComparer.Ordinal), slice.Order(StringComparer.Ordinal));
        Assert.Equal(0, (await Cluster.TryKubectlAsync("get", "endpoints", "-n", "kube-system")).Code);
    }

    [Fact]
    public async Task Each_lease_has_one_holder_and_can_be_described()
    {
        var leases = await Cluster.KubectlAsync("get", "leases", "-n", "kube-system");
        Assert.Contains("kube-controller-manager", leases, StringComparison.Ordinal);
        Assert.Contains("kube-scheduler", leases, StringComparison.Ordinal);
        var described = await Cluster.KubectlAsync("describe", "lease", "kube-controller-manager", "-n", "kube-system");
        Assert.Contains("Holder Identity:", described, StringComparison.Ordinal);
        Assert.StartsWith("control-plane-", await Cluster.LeaderHostAsync("kube-controller-manager"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Etcd_is_healthy_for_etcdctl()
    {
        Assert.Equal(3, (await Cluster.EtcdctlAsync("member", "list")).MustSucceed().Lines.Length);
        var health = (await Cluster.EtcdctlAsync("endpoint", "health", "--cluster")).MustSucceed();
        Assert.Equal(3, (health.Output + health.Error).Split("is healthy").Length - 1);
    }

    [Fact]
    public async Task The_manifests_read_as_in_a_kubeadm_cluster()
    {
        var manifest = await File.ReadAllTextAsync(Path.Combine(Cluster.HostFolder("control-plane-1"), "etc/kubernetes/manifests/kube-apiserver.yaml"), TestContext.Current.CancellationToken);
        foreach (var line in new[] { "apiVersion: v1", "kind: Pod", "- kube-apiserver", "hostNetwork: true", "--etcd-servers=https://", "component: kube-apiserver" })
            Assert.Contains(line, manifest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_finds_nothing_wrong()
    {
        var status = await Cluster.StatusAsync();
        Assert.Empty(status["problems"]!.AsArray());
        Assert.Equal(3, status["backends"]!.AsArray().Count(b => (string)b!["state"]! == "Ready"));
        Assert.Single(status["etcd"]!.AsArray(), m => (bool)m!["leader"]!);
        Assert.All(status["leaders"]!.AsArray(), l => Assert.NotEqual("", (string)l!["holder"]!));
        Assert.All(status["certificates"]!.AsArray(), c => Assert.True(DateTimeOffset.Parse((string)c!["notAfter"]!, System.Globalization.CultureInfo.InvariantCulture) > DateTimeOffset.UtcNow.AddDays(300)));
        Assert.Equal(3, Hosts(status, "control-plane").Count(h => h["components"]!.AsArray().Count == 6));
    }

    [Fact]
    public async Task The_admin_kubeconfig_points_at_the_load_balancer_alone()
    {
        var status = await Cluster.StatusAsync();
        var balancer = (string)Hosts(status, "load-balancer").Single()["address"]!;
        Assert.Equal($"https://{balancer}:6443", await Cluster.KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}"));
    }

    [Fact]
    public async Task Up_on_a_whole_cluster_changes_nothing()
    {
        var before = Processes(await Cluster.StatusAsync());
        await Cluster.UpAgainAsync();
        Assert.Equal(before, Processes(await Cluster.StatusAsync()));
    }

    [Fact]
    public async Task Up_refuses_to_change_a_cluster_that_is_there()
    {
        var refused = await Cluster.BallastAsync("up", "--zones", "2");
        Assert.Equal(2, refused.Code);
        Assert.Contains("was made with --zones 3, not 2", refused.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<JsonObject> Hosts(JsonObject status, string role) =>
        status["hosts"]!.AsArray().Select(h => h!.AsObject()).Where(h => (string)h["role"]! == role);

    private static string[] Processes(JsonObject status) =>
        [.. status["hosts"]!.AsArray().SelectMany(h => h!["components"]!.AsArray().Select(c => $"{h["name"]} {c!["name"]} {c["processId"]}")).Order(StringComparer.Ordinal)];
}
