using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry;
using Ballast.ApiServer.Registry.Core;
using Ballast.ApiServer.Storage;
using Ballast.Testing.ApiServer;

namespace Ballast.ApiServer.Tests.Registry.Pods;

public sealed class PodHandlersTests
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;
    private static readonly ResourceRequest Request = new(UserInfo.ApiServer, "d", "p");

    private readonly InMemoryCatalog _catalog = new();

    [Fact]
    public async Task A_binding_gives_the_pod_its_node_and_says_so_in_a_condition()
    {
        await PodAsync("status: {phase: Pending}");
        var answer = await BindAsync("n1");

        var pod = (await GetAsync("pods", "", "d/p"))!;
        Assert.Equal("Success", answer["status"]!.GetValue<string>());
        Assert.Equal("n1", pod["spec"]!["nodeName"]!.GetValue<string>());
        Assert.Equal(("PodScheduled", "True"), (pod["status"]!["conditions"]![0]!["type"]!.GetValue<string>(), pod["status"]!["conditions"]![0]!["status"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Of_many_bindings_at_once_one_wins()
    {
        await PodAsync("status: {phase: Pending}");
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(async () =>
        {
            try
            {
                await BindAsync($"n{i}");
                return "";
            }
            catch (StatusException refused)
            {
                return refused.Message;
            }
        }, Cancel)));

        var node = (await GetAsync("pods", "", "d/p"))!["spec"]!["nodeName"]!.GetValue<string>();
        Assert.Single(results, "");
        Assert.Equal(9, results.Count(r => r == $"Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"{node}\""));
    }

    [Fact]
    public async Task A_pod_without_a_budget_is_evicted()
    {
        await PodAsync("status: {phase: Running}");
        await EvictAsync();
        Assert.Null(await GetAsync("pods", "", "d/p"));
    }

    [Fact]
    public async Task A_budget_that_is_used_up_stands_against_eviction()
    {
        await PodAsync("status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}");
        await BudgetAsync("{disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 2, expectedPods: 2, observedGeneration: 1}");

        var refused = await Assert.ThrowsAsync<StatusException>(EvictAsync);

        Assert.Equal((429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget."), (refused.Code, refused.Reason, refused.Message));
        Assert.Equal("""{"causes":[{"reason":"DisruptionBudget","message":"The disruption budget b needs 2 healthy pods and has 2 currently"}]}""", refused.Details!.ToJsonString());
        Assert.NotNull(await GetAsync("pods", "", "d/p"));
    }

    [Fact]
    public async Task An_eviction_is_charged_to_the_budget()
    {
        await PodAsync("status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}");
        await BudgetAsync("{disruptionsAllowed: 1, desiredHealthy: 1, currentHealthy: 2, observedGeneration: 1}");
        await EvictAsync();

        var status = (await GetAsync("poddisruptionbudgets", "policy", "d/b"))!["status"]!;
        Assert.Equal(0, status["disruptionsAllowed"]!.GetValue<long>());
        Assert.Equal(["p"], status["disruptedPods"]!.AsObject().Select(p => p.Key));
        Assert.Null(await GetAsync("pods", "", "d/p"));
    }

    [Theory]
    [InlineData("{disruptionsAllowed: 0, desiredHealthy: 1, currentHealthy: 1, observedGeneration: 1}", "", true)]
    [InlineData("{disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 1, observedGeneration: 1}", "", false)]
    [InlineData("{disruptionsAllowed: 0, desiredHealthy: 2, currentHealthy: 1, observedGeneration: 1}", ", unhealthyPodEvictionPolicy: AlwaysAllow", true)]
    public async Task A_pod_that_is_not_ready_goes_where_the_budget_loses_nothing_by_it(string status, string policy, bool goes)
    {
        await PodAsync("status: {phase: Running, conditions: [{type: Ready, status: 'False'}]}");
        await BudgetAsync(status, policy);
        if (goes)
            await EvictAsync();
        else
            await Assert.ThrowsAsync<StatusException>(EvictAsync);
        Assert.Equal(goes, await GetAsync("pods", "", "d/p") is null);
    }

    [Fact]
    public async Task A_budget_not_yet_looked_at_asks_to_come_again()
    {
        await PodAsync("status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}");
        await BudgetAsync("{disruptionsAllowed: 1}");
        Assert.Equal(10, (await Assert.ThrowsAsync<StatusException>(EvictAsync)).RetryAfterSeconds);
    }

    private Task<JsonObject> BindAsync(string node) => new PodBinding(_catalog, TimeProvider.System)
        .CreateAsync(Request, BuiltIns.Yaml($"metadata: {{name: p}}\ntarget: {{kind: Node, name: {node}}}"), Cancel);

    private Task<JsonObject> EvictAsync() => new PodEviction(_catalog, TimeProvider.System).CreateAsync(Request, BuiltIns.Yaml("metadata: {name: p}"), Cancel);

    private Task PodAsync(string yaml) => _catalog["pods"].AddAsync(BuiltIns.Yaml("metadata: {name: p, namespace: d, uid: u, labels: {a: b}}\n" + yaml));

    private Task BudgetAsync(string status, string policy = "") => _catalog["poddisruptionbudgets", "policy"].AddAsync(
        BuiltIns.Yaml($"metadata: {{name: b, namespace: d, generation: 1}}\nspec: {{minAvailable: 1, selector: {{matchLabels: {{a: b}}}}{policy}}}\nstatus: {status}"));

    private async Task<JsonObject?> GetAsync(string resource, string group, string key) =>
        (await _catalog[resource, group].Objects.GetAsync(key, ReadConsistency.Linearizable, Cancel))?.ToDocument();
}
