namespace Ballast.Client.LeaderElection;

/// <summary>What a lock object says about who leads. The times are the holder's clock: for people, never for decisions.</summary>
public sealed record LeaderElectionRecord(
    string HolderIdentity, int LeaseDurationSeconds, DateTimeOffset AcquireTime, DateTimeOffset RenewTime, int LeaderTransitions);
