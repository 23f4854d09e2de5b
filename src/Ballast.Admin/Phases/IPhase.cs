namespace Ballast.Admin.Phases;

/// <summary>
/// One step of making a machine a host of a cluster, under kubeadm's name. It can be run alone where those before it have been run, and again at any time: what is
/// there already is kept.
/// </summary>
public interface IPhase
{
    /// <summary><c>control-plane</c>.</summary>
    string Name { get; }

    /// <summary>What it does, as a short sentence.</summary>
    string Title { get; }

    /// <summary>What of it can be run alone, in order; none where it is one piece.</summary>
    IReadOnlyList<IPhase> Parts => [];

    /// <summary>The files and objects that a run would write if none of them were there.</summary>
    IEnumerable<string> Writes(PhaseContext context);

    /// <returns>A few words on the outcome; empty for none.</returns>
    Task<string> RunAsync(PhaseContext context, CancellationToken cancel);
}
