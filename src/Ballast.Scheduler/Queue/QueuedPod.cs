using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Queue;

/// <summary>A pod that waits for a node. Belongs to the queue, or to the attempt that popped it.</summary>
public sealed class QueuedPod(PodInfo info, DateTimeOffset now)
{
    public PodInfo Info { get; set; } = info;

    /// <summary>When it came into the queue this time; earlier goes first among equals.</summary>
    public DateTimeOffset Timestamp { get; set; } = now;

    /// <summary>When it was first tried; null before.</summary>
    public DateTimeOffset? FirstAttempt { get; set; }

    public int Attempts { get; set; }

    /// <summary>Failed attempts since it last made progress; they lengthen the backoff.</summary>
    public int UnschedulableCount { get; set; }

    /// <summary>Who turned it away last. Empty after an error: then any event may help.</summary>
    public HashSet<string> UnschedulablePlugins { get; } = [];

    /// <summary>The PreEnqueue plugin that keeps it out; null where none does.</summary>
    public string? GatedBy { get; set; }

    internal long PoppedAt { get; set; }

    public override string ToString() => Info.ToString();
}
