using Ballast.Bench.Load.Workloads;

namespace Ballast.Bench.Load.Reporting;

/// <summary>What came of one piece of work.</summary>
/// <param name="Work">Which.</param>
/// <param name="Figures">Null where it failed.</param>
/// <param name="Failure">Why it failed.</param>
internal sealed record Result(Work Work, Figures? Figures, string? Failure)
{
    /// <summary>The reference's figures of the same run; else the table's.</summary>
    public Figures Reference { get; init; } = Work.Reference;

    /// <summary>The figure that the goal is about.</summary>
    public double? Ours => Figures?.In(Work.Unit);

    /// <summary>Ours to the reference's.</summary>
    public double? Ratio => Ours / Reference.In(Work.Unit);

    /// <summary>Null where there is nothing to compare.</summary>
    public bool? IsGoalMet => Ours is null || Work.Goal.In(Work.Unit) is null ? null
        : Ours <= Work.Goal.In(Work.Unit) && !(Figures!.P99Milliseconds > Work.Goal.P99Milliseconds);
}
