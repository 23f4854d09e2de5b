using Ballast.Scheduler.Framework;

namespace Ballast.Scheduler.Plugins.DefaultPreemption;

/// <summary>A node that would take the pod once the victims are gone. The most important victim stands first; there is at least one.</summary>
internal sealed record Candidate(string Node, IReadOnlyList<PodInfo> Victims, int PdbViolations)
{
    /// <summary>Which of the candidates hurts least. The first of equals.</summary>
    public static Candidate Best(IEnumerable<Candidate> candidates) => candidates
        .OrderBy(c => c.PdbViolations)
        .ThenBy(c => c.Victims[0].Priority)
        // Shifted so that two victims of a negative priority weigh more than one.
        .ThenBy(c => c.Victims.Sum(v => v.Priority + (long)int.MaxValue + 1))
        .ThenBy(c => c.Victims.Count)
        // Of the most important victims, those that started last.
        .ThenByDescending(c => c.Victims.Where(v => v.Priority == c.Victims[0].Priority).Min(Started))
        .First();

    /// <summary>When it began to run; one that has not yet counts as just begun.</summary>
    public static DateTime Started(PodInfo pod) => pod.Pod.Status?.StartTime ?? DateTime.MaxValue;
}
