using Ballast.Bench.Load.Api;

namespace Ballast.Bench.Load.Workloads;

/// <summary>One piece of work, done against a server that is up.</summary>
internal interface IWorkload
{
    Work Work { get; }

    /// <summary>Prepares, warms up, measures. Ends by itself within a bounded time.</summary>
    /// <exception cref="ApiException">The server refused.</exception>
    /// <exception cref="WorkloadException">It could not be done; the message says why.</exception>
    Task<Figures> RunAsync(Bench bench, CancellationToken cancel);
}

/// <summary>The work could not be measured.</summary>
internal sealed class WorkloadException(string message) : Exception(message);
