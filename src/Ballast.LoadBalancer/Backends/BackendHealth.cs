namespace Ballast.LoadBalancer.Backends;

/// <summary>How a server answered when it was last asked.</summary>
public enum BackendState
{
    /// <summary>Not asked yet.</summary>
    Unknown,

    /// <summary>Its <c>/readyz</c> is green.</summary>
    Ready,

    /// <summary>It answers, but not ready: it gets no new connections while another server is ready; the old ones go on.</summary>
    NotReady,

    /// <summary>It does not answer.</summary>
    Down,
}

/// <summary>What is known of a server; replaced as a whole.</summary>
/// <param name="State">The last answer.</param>
/// <param name="Reason">Why it is not ready, for people.</param>
/// <param name="Since">When it came into this state.</param>
/// <param name="Failures">Checks in a row that got no answer.</param>
public sealed record BackendHealth(BackendState State, string? Reason, DateTimeOffset Since, int Failures);
