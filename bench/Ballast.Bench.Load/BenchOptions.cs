namespace Ballast.Bench.Load;

/// <summary>What to measure, and how hard.</summary>
internal sealed record BenchOptions
{
    /// <summary>Requests that are under way at once.</summary>
    public int Clients { get; init; } = 32;

    /// <summary>HTTP/2 connections that the clients share.</summary>
    public int Connections { get; init; } = 32;

    /// <summary>ConfigMaps in the namespace.</summary>
    public int Objects { get; init; } = 3000;

    public int Watchers { get; init; } = 200;

    /// <summary>Writes a second while watchers watch; 0 for as many as there can be.</summary>
    public int WatchedWrites { get; init; } = 235;

    /// <summary>How long each kind of request is measured.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long each kind of request runs before it is measured: the server compiles while it runs.</summary>
    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Keys of <see cref="Workloads.Works"/>; empty for all.</summary>
    public IReadOnlyCollection<string> Only { get; init; } = [];

    public bool Includes(Workloads.Work work) => Only.Count == 0 || Only.Contains(work.Key);
}
