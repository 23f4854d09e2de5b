namespace Ballast.Client.LeaderElection;

/// <summary>The election's times; upstream's defaults.</summary>
/// <param name="LeaseDuration">How long a candidate waits, after it last saw the record change, before it takes over.</param>
/// <param name="RenewDeadline">How long a leader acts after the start of its last successful renewal.</param>
/// <param name="RetryPeriod">The rhythm of renewals; candidates add up to 1.2 times as much at random.</param>
public sealed record LeaderElectionOptions(TimeSpan LeaseDuration, TimeSpan RenewDeadline, TimeSpan RetryPeriod)
{
    /// <summary>Candidates spread their attempts by this factor.</summary>
    public const double JitterFactor = 1.2;

    public static readonly LeaderElectionOptions Default = new(TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2));

    /// <summary>What is wrong with these times, or null.</summary>
    public string? Problem =>
        LeaseDuration < TimeSpan.FromSeconds(1) ? "leaseDuration must be at least 1s"
        : RetryPeriod <= TimeSpan.Zero ? "retryPeriod must be greater than zero"
        : LeaseDuration <= RenewDeadline ? "leaseDuration must be greater than renewDeadline"
        : RenewDeadline <= RetryPeriod * JitterFactor ? "renewDeadline must be greater than retryPeriod*JitterFactor"
        : null;
}
