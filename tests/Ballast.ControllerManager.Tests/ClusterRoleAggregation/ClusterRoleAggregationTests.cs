using Ballast.ControllerManager.ClusterRoleAggregation;
using k8s.Models;

namespace Ballast.ControllerManager.Tests.ClusterRoleAggregation;

public sealed class ClusterRoleAggregationTests : IAsyncDisposable
{
    private readonly Cluster _cluster = new();

    [Fact]
    public async Task An_aggregate_has_the_rules_of_all_roles_that_it_selects()
    {
        await _cluster.RunAsync(c => new ClusterRoleAggregationController(c));
        await CreateAsync("view", null, aggregated: "to-view");
        await CreateAsync("a", "pods", label: "to-view");
        await CreateAsync("b", "services", label: "to-view");
        await CreateAsync("c", "secrets", label: "to-edit");
        await RulesAsync("pods", "services");
        await _cluster.Client.Resources<V1ClusterRole>().DeleteAsync(null, "a", null, Cluster.Cancel);
        await RulesAsync("services");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private Task CreateAsync(string name, string? resource, string? label = null, string? aggregated = null) => _cluster.Client.Resources<V1ClusterRole>().CreateAsync(new()
    {
        Metadata = new() { Name = name, Labels = label is null ? null : new Dictionary<string, string> { [label] = "true" } },
        Rules = resource is null ? [] : [new() { Verbs = ["get"], ApiGroups = [""], Resources = [resource] }],
        AggregationRule = aggregated is null ? null : new() { ClusterRoleSelectors = [new() { MatchLabels = new Dictionary<string, string> { [aggregated] = "true" } }] },
    }, Cluster.Cancel);

    private Task RulesAsync(params string[] resources) => _cluster.UntilAsync(
        async () => ((await _cluster.GetAsync<V1ClusterRole>("view", null)).Rules ?? []).SelectMany(r => r.Resources).SequenceEqual(resources), "the rules: " + string.Join(' ', resources));
}
