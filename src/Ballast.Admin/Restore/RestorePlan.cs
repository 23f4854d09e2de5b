namespace Ballast.Admin.Restore;

/// <summary>What a restore is going to do, for whoever has to say yes to it.</summary>
/// <param name="From">The snapshot's file, or the host whose data is taken.</param>
/// <param name="Objects">How many Kubernetes objects it holds; null where it has not been opened yet.</param>
/// <param name="Revision">What it is at.</param>
/// <param name="Replaced">What each host's data is at that is put aside; null where it has none that can be read.</param>
/// <param name="Leaving">The members on other machines that leave the quorum first, and come back as new ones.</param>
/// <param name="Members">The hosts that the data comes to.</param>
/// <param name="Begins">The revision that the restored cluster goes on from.</param>
/// <param name="Id">In the names of the folders that old data is kept in.</param>
public sealed record RestorePlan(
    string From, long? Objects, long Revision, IReadOnlyList<(string Host, long? Revision)> Replaced, IReadOnlyList<string> Leaving, IReadOnlyList<string> Members, long Begins, string Id);
