using Ballast.Scheduler.Cache;
using Ballast.Scheduler.Queue;

namespace Ballast.Scheduler.Framework;

/// <summary>
/// A part of the decision. A plugin implements the interfaces of the extension points it takes part in and is called at those only.
/// All are called from the one scheduling loop, but <see cref="IPreEnqueuePlugin"/>, <see cref="IBindPlugin"/> and queueing hints, which must be thread-safe.
/// </summary>
public interface IPlugin
{
    string Name { get; }
}

/// <summary>Decides whether a pod may enter the active queue at all.</summary>
public interface IPreEnqueuePlugin : IPlugin
{
    Status? PreEnqueue(PodInfo pod);
}

/// <summary>Orders the active queue. Exactly one is enabled.</summary>
public interface IQueueSortPlugin : IPlugin
{
    /// <summary>Less than zero where <paramref name="left"/> goes first.</summary>
    int Compare(QueuedPod left, QueuedPod right);
}

/// <summary>Names the events that can make a pod fit which this plugin turned away.</summary>
public interface IEnqueueExtensions : IPlugin
{
    IReadOnlyList<QueueingHint> Events { get; }
}

/// <summary>Runs once a pod, before any node is looked at.</summary>
public interface IPreFilterPlugin : IPlugin
{
    /// <summary>A rejection ends the attempt; <see cref="Status.Skip"/> leaves this plugin's Filter out.</summary>
    Status? PreFilter(CycleState state, PodInfo pod, Snapshot snapshot);
}

/// <summary>Keeps PreFilter's data true while a simulation moves pods.</summary>
public interface IPreFilterExtensions : IPlugin
{
    void AddPod(CycleState state, PodInfo pod, PodInfo added, NodeInfo node);

    void RemovePod(CycleState state, PodInfo pod, PodInfo removed, NodeInfo node);
}

/// <summary>Says whether a pod can run on a node. Called for every node: it allocates nothing where the answer is yes.</summary>
public interface IFilterPlugin : IPlugin
{
    Status? Filter(CycleState state, PodInfo pod, NodeInfo node);
}

/// <summary>Runs when no node fits; may make room.</summary>
internal interface IPostFilterPlugin : IPlugin
{
    /// <summary>The profile it belongs to, whose filters tell whether there is room; called once, before anything else.</summary>
    void Attach(SchedulingProfile profile);

    ValueTask<PostFilterResult> PostFilterAsync(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyDictionary<string, Status> nodeStatuses, CancellationToken cancellationToken);
}

/// <param name="NominatedNode">Where the pod may fit soon; empty to take a nomination back, null to leave it as it is.</param>
/// <param name="Message">Added to the message about the pod.</param>
public readonly record struct PostFilterResult(string? NominatedNode, string Message);

/// <summary>Runs once a pod, over the nodes that fit.</summary>
public interface IPreScorePlugin : IPlugin
{
    /// <summary><see cref="Status.Skip"/> leaves this plugin's Score out.</summary>
    Status? PreScore(CycleState state, PodInfo pod, Snapshot snapshot, IReadOnlyList<NodeInfo> nodes);
}

/// <summary>Grades a node; the higher, the better.</summary>
public interface IScorePlugin : IPlugin
{
    /// <summary>0 to <see cref="Scores.Max"/>, or any number where the plugin also implements <see cref="INormalizeScorePlugin"/>.</summary>
    long Score(CycleState state, PodInfo pod, NodeInfo node);
}

/// <summary>Brings a plugin's scores into 0 to <see cref="Scores.Max"/>.</summary>
public interface INormalizeScorePlugin : IScorePlugin
{
    void NormalizeScore(CycleState state, PodInfo pod, IReadOnlyList<NodeInfo> nodes, Span<long> scores);
}

/// <summary>Tells the API where the pod goes.</summary>
public interface IBindPlugin : IPlugin
{
    /// <summary>Throws what the API client throws.</summary>
    Task BindAsync(PodInfo pod, string nodeName, CancellationToken cancellationToken);
}

public static class Scores
{
    public const long Max = 100;

    /// <summary>Scales so that the largest becomes <see cref="Max"/>; reversed, the smallest does.</summary>
    public static void Normalize(Span<long> scores, bool reverse)
    {
        long max = 0;
        foreach (var score in scores) max = Math.Max(max, score);
        if (max == 0)
        {
            if (reverse) scores.Fill(Max);
            return;
        }
        foreach (ref var score in scores)
        {
            score = Max * score / max;
            if (reverse) score = Max - score;
        }
    }
}
