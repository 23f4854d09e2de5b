namespace Ballast.Client.LeaderElection;

/// <summary>The object that candidates compete for. Used by one elector, one call at a time.</summary>
public interface ILeaderLock
{
    /// <summary>This candidate; unique among all processes there ever are.</summary>
    string Identity { get; }

    /// <summary>For logs: <c>kube-system/kube-scheduler</c>.</summary>
    string Description { get; }

    /// <summary>The record now, or null where the object does not exist.</summary>
    Task<LeaderElectionRecord?> GetAsync(CancellationToken cancel);

    /// <summary>Makes the object; throws where someone else made it first.</summary>
    Task CreateAsync(LeaderElectionRecord record, CancellationToken cancel);

    /// <summary>Replaces the record that the last call here saw or wrote; throws where it has changed since.</summary>
    Task UpdateAsync(LeaderElectionRecord record, CancellationToken cancel);

    /// <summary>
    /// Ends when the record may have changed since the last call here. A hint: it may come for nothing, and where it cannot be
    /// had the call lasts until cancelled.
    /// </summary>
    Task WaitForChangeAsync(CancellationToken cancel);

    /// <summary>Tells the cluster, as an event on the object: <c>became leader</c>, <c>stopped leading</c>.</summary>
    void RecordEvent(string what);
}
