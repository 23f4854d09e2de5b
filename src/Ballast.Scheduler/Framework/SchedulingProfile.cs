using System.Diagnostics;
using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Framework;

/// <summary>The plugins that decide for one scheduler name, in their order, and how each extension point runs over them.</summary>
internal sealed class SchedulingProfile
{
    private readonly Nominator _nominator;
    private readonly IReadOnlyList<IPreFilterPlugin> _preFilter;
    private readonly IReadOnlyList<IPreFilterExtensions> _preFilterExtensions;
    private readonly IFilterPlugin[] _filter;
    private readonly IReadOnlyList<IPostFilterPlugin> _postFilter;
    private readonly IReadOnlyList<IPreScorePlugin> _preScore;
    private readonly IReadOnlyList<(IScorePlugin Plugin, int Weight)> _score;
    private readonly IBindPlugin _bind;

    /// <param name="schedulerName">The <c>schedulerName</c> of the pods it decides for.</param>
    /// <param name="plugins">The enabled ones with their weights; a weight counts for those that score.</param>
    /// <param name="nominator">Pods that wait for room being made.</param>
    public SchedulingProfile(string schedulerName, IReadOnlyList<(IPlugin Plugin, int Weight)> plugins, Nominator nominator)
    {
        SchedulerName = schedulerName;
        _nominator = nominator;
        IReadOnlyList<T> Of<T>() where T : IPlugin => [.. plugins.Select(p => p.Plugin).OfType<T>()];
        QueueSort = Of<IQueueSortPlugin>().Single();
        PreEnqueue = Of<IPreEnqueuePlugin>();
        Enqueue = Of<IEnqueueExtensions>();
        (_preFilter, _preFilterExtensions, _filter) = (Of<IPreFilterPlugin>(), Of<IPreFilterExtensions>(), [.. Of<IFilterPlugin>()]);
        (_postFilter, _preScore) = (Of<IPostFilterPlugin>(), Of<IPreScorePlugin>());
        _score = [.. plugins.Where(p => p.Plugin is IScorePlugin).Select(p => ((IScorePlugin)p.Plugin, p.Weight))];
        _bind = Of<IBindPlugin>().Single();
        foreach (var plugin in _postFilter) plugin.Attach(this);
    }

    public string SchedulerName { get; }

    public IQueueSortPlugin QueueSort { get; }

    public IReadOnlyList<IPreEnqueuePlugin> PreEnqueue { get; }

    public IReadOnlyList<IEnqueueExtensions> Enqueue { get; }

    /// <summary>Null where every node is to be looked at.</summary>
    public Status? RunPreFilter(CycleState state, PodInfo pod, Snapshot snapshot)
    {
        var started = Stopwatch.GetTimestamp();
        Status? rejection = null;
        foreach (var plugin in _preFilter)
        {
            var status = plugin.PreFilter(state, pod, snapshot);
            if (status is { Code: StatusCode.Skip }) state.SkipFilter.Add(plugin.Name);
            else if (status is not null)
            {
                rejection = status;
                break;
            }
        }
        Observe("PreFilter", started, rejection);
        return rejection;
    }

    /// <summary>The first refusal, or null where the pod can run there beside the pods that are nominated to it.</summary>
    /// <remarks>A nominated pod may come or not, so the pod must fit both with those of its priority and above, and without them.</remarks>
    public Status? RunFilterWithNominated(CycleState state, PodInfo pod, NodeInfo node)
    {
        var nominated = _nominator.IsEmpty ? [] : _nominator.On(node.Name).Where(n => n.Priority >= pod.Priority && n.Uid != pod.Uid).ToArray();
        if (nominated.Length > 0)
        {
            var (stateWith, nodeWith) = (state.Clone(), node.Clone());
            foreach (var other in nominated)
            {
                nodeWith.AddPod(other);
                RunAddPod(stateWith, pod, other, nodeWith);
            }
            if (RunFilter(stateWith, pod, nodeWith) is { } refusal) return refusal;
        }
        return RunFilter(state, pod, node);
    }

    public void RunAddPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node)
    {
        foreach (var plugin in _preFilterExtensions)
            if (!state.SkipFilter.Contains(plugin.Name))
                plugin.AddPod(state, pod, added, node);
    }

    public void RunRemovePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node)
    {
        foreach (var plugin in _preFilterExtensions)
            if (!state.SkipFilter.Contains(plugin.Name))
                plugin.RemovePod(state, pod, removed, node);
    }

    public async ValueTask<PostFilterResult> RunPostFilterAsync(
        CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyDictionary<string, Status> nodeStatuses, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var messages = new List<string>();
        string? nominated = null;
        foreach (var plugin in _postFilter)
        {
            var result = await plugin.PostFilterAsync(state, pod, snapshot, nodeStatuses, cancellationToken);
            if (result.Message.Length > 0) messages.Add(result.Message);
            nominated = result.NominatedNode ?? nominated;
            if (nominated is { Length: > 0 }) break;
        }
        Observe("PostFilter", started, null);
        return new(nominated, string.Join(", ", messages));
    }

    /// <summary>Each node's weighted sum over the plugins that score.</summary>
    public long[] RunScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var plugin in _preScore)
            if (plugin.PreScore(state, pod, snapshot, nodes) is { Code: StatusCode.Skip })
                state.SkipScore.Add(plugin.Name);
        Observe("PreScore", started, null);

        started = Stopwatch.GetTimestamp();
        var total = new long[nodes.Count];
        var scores = new long[nodes.Count];
        foreach (var (plugin, weight) in _score)
        {
            if (state.SkipScore.Contains(plugin.Name)) continue;
            for (var i = 0; i < scores.Length; i++) scores[i] = plugin.Score(state, pod, nodes[i]);
            (plugin as INormalizeScorePlugin)?.NormalizeScore(state, pod, nodes, scores);
            for (var i = 0; i < scores.Length; i++) total[i] += scores[i] * weight;
        }
        Observe("Score", started, null);
        return total;
    }

    public async Task RunBindAsync(PodInfo pod, string nodeName, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        await _bind.BindAsync(pod, nodeName, cancellationToken);
        Observe("Bind", started, null);
    }

    /// <summary>The filters alone, as a simulation needs them.</summary>
    public Status? RunFilter(CycleState state, PodInfo pod, NodeInfo node)
    {
        foreach (var plugin in _filter)
            if ((state.SkipFilter.Count == 0 || !state.SkipFilter.Contains(plugin.Name)) && plugin.Filter(state, pod, node) is { } refusal)
                return refusal;
        return null;
    }

    private void Observe(string point, long started, Status? status) =>
        SchedulerMetrics.ExtensionPointDuration.WithLabels(point, status?.Code.ToString() ?? "Success", SchedulerName)
            .Observe(Stopwatch.GetElapsedTime(started).TotalSeconds);
}
