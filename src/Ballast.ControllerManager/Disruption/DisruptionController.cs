using System.Globalization;
using Ballast.ApiMachinery.Selectors;
using Ballast.Client;
using Ballast.Client.Controllers;
using Ballast.Client.Events;
using Ballast.Client.Informers;
using Ballast.ControllerManager.Pods;
using k8s.Models;

namespace Ballast.ControllerManager.Disruption;

/// <summary>Counts for every PodDisruptionBudget how many of its pods may be evicted now.</summary>
public sealed class DisruptionController : IController
{
    private const int Workers = 5;

    /// <summary>An eviction that was granted and whose pod is still here after so long has failed.</summary>
    private static readonly TimeSpan DeletionTimeout = TimeSpan.FromMinutes(2);

    private readonly ControllerContext _context;
    private readonly ResourceClient<V1PodDisruptionBudget> _client;
    private readonly Informer<V1PodDisruptionBudget> _budgets;
    private readonly Informer<V1Pod> _pods;
    private readonly ScaleOfController _scales;
    private readonly ControllerLoop<ObjectKey> _loop;

    public DisruptionController(ControllerContext context)
    {
        _context = context;
        _client = context.Client.Resources<V1PodDisruptionBudget>();
        _budgets = context.Informers.For<V1PodDisruptionBudget>();
        _pods = context.Informers.For<V1Pod>();
        _scales = new ScaleOfController(context);
        _loop = context.Loop<ObjectKey>("disruption", SyncAsync);
        _budgets.AddHandler(b => _loop.Queue.Add(ObjectKey.Of(b)));
        _pods.AddHandler(Enqueue, (old, now) => { Enqueue(old); Enqueue(now); }, Enqueue);
    }

    public Task RunAsync(CancellationToken cancel) => _loop.RunAsync(Workers, cancel);

    private void Enqueue(V1Pod pod)
    {
        foreach (var budget in _budgets.Store.InNamespace(pod.Metadata.NamespaceProperty))
        {
            if (LabelSelector.From(budget.Spec.Selector).Matches(pod.Metadata.Labels))
                _loop.Queue.Add(ObjectKey.Of(budget));
        }
    }

    private async Task SyncAsync(ObjectKey key, CancellationToken cancel)
    {
        if (_budgets.Store.Get(key) is not { } budget)
            return;
        var selector = LabelSelector.From(budget.Spec.Selector);
        var pods = _pods.Store.InNamespace(key.Namespace).Where(p => selector.Matches(p.Metadata.Labels) && !p.IsTerminal).ToList();
        if (pods.Count == 0)
            _context.Events.Event(budget, EventType.Normal, "NoPods", "No matching pods found");
        V1PodDisruptionBudgetStatus status;
        try
        {
            var (expected, desired) = await CountsAsync(budget, pods, cancel);
            status = Status(key, budget, pods, expected, desired);
        }
        catch (CannotCount problem)
        {
            _context.Events.Event(budget, EventType.Warning, "CalculateExpectedPodCountFailed", $"Failed to calculate the number of expected pods: {problem.Message}");
            // Fail safe: what cannot be counted must not be disrupted.
            status = (budget.Status ?? new()) with
            {
                DisruptionsAllowed = 0, ObservedGeneration = budget.Metadata.Generation,
                Conditions = Conditions(budget, "SyncFailed", "False", problem.Message),
            };
        }
        if (!Json.Same(budget.Status, status))
            await _client.UpdateStatusAsync(budget with { Status = status }, cancel);
    }

    private V1PodDisruptionBudgetStatus Status(ObjectKey key, V1PodDisruptionBudget budget, List<V1Pod> pods, int expected, int desired)
    {
        var disrupted = StillDisrupted(key, budget, pods);
        var healthy = pods.Count(p => p.IsReady && !p.IsTerminating && !disrupted.ContainsKey(p.Metadata.Name));
        var allowed = expected > 0 ? Math.Max(0, healthy - desired) : 0;
        return (budget.Status ?? new()) with
        {
            ObservedGeneration = budget.Metadata.Generation,
            ExpectedPods = expected,
            DesiredHealthy = desired,
            CurrentHealthy = healthy,
            DisruptionsAllowed = allowed,
            DisruptedPods = disrupted.Count == 0 ? null : disrupted,
            Conditions = allowed > 0 ? Conditions(budget, "SufficientPods", "True", "") : Conditions(budget, "InsufficientPods", "False", ""),
        };
    }

    /// <summary>The pods whose eviction was granted and that are not yet on their way; looked at again when their time is over.</summary>
    private Dictionary<string, DateTime?> StillDisrupted(ObjectKey key, V1PodDisruptionBudget budget, List<V1Pod> pods)
    {
        var disrupted = new Dictionary<string, DateTime?>();
        foreach (var pod in pods.Where(p => !p.IsTerminating))
        {
            if (budget.Status?.DisruptedPods is not { } granted || !granted.TryGetValue(pod.Metadata.Name, out var at) || at is not { } since)
                continue;
            var remaining = since + DeletionTimeout - _context.Now;
            if (remaining <= TimeSpan.Zero)
                continue;
            disrupted[pod.Metadata.Name] = since;
            _loop.Queue.AddAfter(key, remaining);
        }
        return disrupted;
    }

    private async Task<(int Expected, int Desired)> CountsAsync(V1PodDisruptionBudget budget, List<V1Pod> pods, CancellationToken cancel)
    {
        if (budget.Spec.MaxUnavailable?.Value is { } unavailable)
        {
            var expected = await ExpectedAsync(pods, cancel);
            return (expected, Math.Max(0, expected - Resolve(unavailable, expected)));
        }
        if (budget.Spec.MinAvailable?.Value is not { } available)
            return (pods.Count, 0);
        if (!available.EndsWith('%'))
            return (pods.Count, int.Parse(available, CultureInfo.InvariantCulture));
        var all = await ExpectedAsync(pods, cancel);
        return (all, Resolve(available, all));
    }

    /// <summary>The sizes of all controllers of the pods: pods that are missing count too.</summary>
    private async Task<int> ExpectedAsync(List<V1Pod> pods, CancellationToken cancel)
    {
        var scales = new Dictionary<string, int>();
        foreach (var pod in pods)
        {
            var found = await _scales.FindAsync(pod, cancel)
                ?? throw new CannotCount($"found no controllers for pod \"{pod.Metadata.Name}\"");
            scales[found.Uid] = found.Scale;
        }
        return scales.Values.Sum();
    }

    private static int Resolve(string value, int total) => value.EndsWith('%')
        ? (int)Math.Ceiling(int.Parse(value[..^1], CultureInfo.InvariantCulture) * (double)total / 100)
        : int.Parse(value, CultureInfo.InvariantCulture);

    private IList<V1Condition> Conditions(V1PodDisruptionBudget budget, string reason, string status, string message)
    {
        const string type = "DisruptionAllowed";
        var known = budget.Status?.Conditions?.FirstOrDefault(c => c.Type == type);
        var next = new V1Condition
        {
            Type = type, Status = status, Reason = reason, Message = message, ObservedGeneration = budget.Metadata.Generation,
            LastTransitionTime = known?.Status == status ? known.LastTransitionTime : _context.Now,
        };
        return [.. (budget.Status?.Conditions ?? []).Where(c => c.Type != type), next];
    }

    private sealed class CannotCount(string message) : Exception(message);
}
