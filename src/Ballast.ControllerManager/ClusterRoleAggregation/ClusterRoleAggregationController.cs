using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Informers;
using k8s.Models;

namespace Ballast.ControllerManager.ClusterRoleAggregation;

/// <summary>Gives ClusterRoles with an <c>aggregationRule</c> the rules of all ClusterRoles that it selects.</summary>
public sealed class ClusterRoleAggregationController : IController
{
    private const int Workers = 5;

    private readonly ResourceClient<V1ClusterRole> _client;
    private readonly Informer<V1ClusterRole> _roles;
    private readonly ControllerLoop<string> _loop;

    public ClusterRoleAggregationController(ControllerContext context)
    {
        _client = context.Client.Resources<V1ClusterRole>();
        _roles = context.Informers.For<V1ClusterRole>();
        _loop = context.Loop<string>("ClusterRoleAggregator", SyncAsync);
        // Any role may be part of any aggregate: they are few.
        _roles.AddHandler(_ => EnqueueAggregates());
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private void EnqueueAggregates()
    {
        foreach (var role in _roles.Store.List().Where(r => r.AggregationRule is not null))
            _loop.Queue.Add(role.Metadata.Name);
    }

    private async Task SyncAsync(string name, CancellationToken cancel)
    {
        if (_roles.Store.Get("", name) is not { AggregationRule: { } rule } role)
            return;
        var rules = Aggregate(role, rule);
        if (!Json.Same(role.Rules ?? [], rules))
            await _client.UpdateAsync(role with { Rules = rules }, cancel);
    }

    private List<V1PolicyRule> Aggregate(V1ClusterRole aggregate, V1AggregationRule rule)
    {
        var rules = new List<V1PolicyRule>();
        foreach (var selector in (rule.ClusterRoleSelectors ?? []).Select(LabelSelector.From))
        {
            var selected = _roles.Store.List()
                .Where(r => r.Metadata.Name != aggregate.Metadata.Name && selector.Matches(r.Metadata.Labels))
                .OrderBy(r => r.Metadata.Name, StringComparer.Ordinal);
            foreach (var candidate in selected.SelectMany(r => r.Rules ?? []))
            {
                if (!rules.Any(known => Json.Same(known, candidate)))
                    rules.Add(candidate);
            }
        }
        return rules;
    }
}
