using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Bootstrap;
using Ballast.ApiServer.Storage;
using Ballast.Testing.ApiServer;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ballast.ApiServer.Tests.Bootstrap;

public sealed class BootstrapTests
{
    private const string Rbac = "rbac.authorization.k8s.io";
    private readonly InMemoryCatalog _catalog = new();

    [Fact]
    public async Task Makes_the_objects_of_a_fresh_cluster()
    {
        await RunAsync();
        Assert.Equal(70, await CountAsync("clusterroles", Rbac));
        Assert.Equal(51, await CountAsync("clusterrolebindings", Rbac));
        Assert.Equal(7, await CountAsync("roles", Rbac));
        Assert.Equal(7, await CountAsync("rolebindings", Rbac));
        Assert.Equal(2, await CountAsync("priorityclasses", "scheduling.k8s.io"));
        Assert.Equal(11, await CountAsync("flowschemas", "flowcontrol.apiserver.k8s.io"));
        Assert.Equal(8, await CountAsync("prioritylevelconfigurations", "flowcontrol.apiserver.k8s.io"));
        Assert.Equal(4, await CountAsync("namespaces", ""));
        Assert.Equal("""["10.96.0.0/16"]""", (await GetAsync("servicecidrs", "networking.k8s.io", "kubernetes"))["spec"]!["cidrs"]!.ToJsonString());
    }

    [Fact]
    public async Task A_second_start_writes_nothing()
    {
        await RunAsync();
        var before = Writes();
        await RunAsync();
        Assert.Equal(before, Writes());
    }

    [Fact]
    public async Task Three_servers_may_start_at_once()
    {
        await Task.WhenAll(RunAsync(), RunAsync(), RunAsync());
        Assert.Equal(70, await CountAsync("clusterroles", Rbac));
        Assert.Equal(182, Writes());
    }

    [Fact]
    public async Task Missing_rules_come_back_and_added_ones_stay()
    {
        await RunAsync();
        var role = await GetAsync("clusterroles", Rbac, "system:kube-dns");
        role["rules"] = JsonNode.Parse("""[{"apiGroups":[""],"resources":["services"],"verbs":["list","watch"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}]""");
        await _catalog["clusterroles", Rbac].ReplaceAsync(role);
        await RunAsync();
        Assert.Equal(
            """[{"apiGroups":[""],"resources":["services"],"verbs":["list","watch"]},{"apiGroups":[""],"resources":["pods"],"verbs":["get"]},{"apiGroups":[""],"resources":["endpoints"],"verbs":["list"]},{"apiGroups":[""],"resources":["endpoints"],"verbs":["watch"]}]""",
            (await GetAsync("clusterroles", Rbac, "system:kube-dns"))["rules"]!.ToJsonString());
    }

    [Fact]
    public async Task An_object_taken_over_is_left_alone()
    {
        await RunAsync();
        var role = await GetAsync("clusterroles", Rbac, "system:kube-dns");
        role["rules"] = new JsonArray();
        role.Annotations!["rbac.authorization.kubernetes.io/autoupdate"] = "false";
        await _catalog["clusterroles", Rbac].ReplaceAsync(role);
        await RunAsync();
        Assert.Empty((await GetAsync("clusterroles", Rbac, "system:kube-dns"))["rules"]!.AsArray());
    }

    [Fact]
    public async Task Missing_subjects_come_back_and_a_foreign_role_is_replaced()
    {
        await RunAsync();
        var binding = await GetAsync("clusterrolebindings", Rbac, "cluster-admin");
        binding["subjects"] = JsonNode.Parse("""[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"root"}]""");
        await _catalog["clusterrolebindings", Rbac].ReplaceAsync(binding);
        var pointed = await GetAsync("clusterrolebindings", Rbac, "system:discovery");
        pointed["roleRef"]!["name"] = "view";
        await _catalog["clusterrolebindings", Rbac].ReplaceAsync(pointed);
        await RunAsync();
        Assert.Equal(["root", "system:masters"], (await GetAsync("clusterrolebindings", Rbac, "cluster-admin"))["subjects"]!.AsArray().Select(s => s!["name"]!.GetValue<string>()));
        Assert.Equal("system:discovery", (await GetAsync("clusterrolebindings", Rbac, "system:discovery"))["roleRef"]!["name"]!.GetValue<string>());
    }

    [Fact]
    public async Task Readiness_follows_each_part()
    {
        var hooks = Hooks();
        Assert.Equal(
            ["poststarthook/start-system-namespaces-controller", "poststarthook/rbac/bootstrap-roles", "poststarthook/scheduling/bootstrap-system-priority-classes",
                "poststarthook/priority-and-fairness-config-producer", "poststarthook/apiservice-registration-controller", "poststarthook/start-kubernetes-service-cidr-controller"],
            hooks.Checks.Select(c => c.Name));
        Assert.Equal("not finished", await hooks.Checks[1].Check(TestContext.Current.CancellationToken));
        await hooks.RunAsync(_catalog, TestContext.Current.CancellationToken);
        Assert.Null(await hooks.Checks[1].Check(TestContext.Current.CancellationToken));
    }

    private static BootstrapHooks Hooks() => new(BootstrapParts.All(["10.96.0.0/16"]), TimeProvider.System, NullLogger.Instance);

    private Task RunAsync() => Task.Run(() => Hooks().RunAsync(_catalog, TestContext.Current.CancellationToken));

    private int Writes() => _catalog.Definitions.Sum(d => _catalog[d.Resource, d.Group].Writes);

    private async Task<int> CountAsync(string resource, string group) =>
        (await _catalog[resource, group].Objects.ListAsync(new ListQuery(""), TestContext.Current.CancellationToken)).Objects.Count;

    private async Task<JsonObject> GetAsync(string resource, string group, string key)
    {
        var document = (await _catalog[resource, group].Objects.GetAsync(key, ReadConsistency.Linearizable, TestContext.Current.CancellationToken))!.ToDocument();
        _ = document.Metadata.Remove("resourceVersion");
        return document;
    }
}
