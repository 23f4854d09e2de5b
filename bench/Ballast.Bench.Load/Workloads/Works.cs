namespace Ballast.Bench.Load.Workloads;

/// <summary>Figures of one piece of work; what does not apply to it is null.</summary>
internal sealed record Figures
{
    /// <summary>The servers' own processor time an operation, in milliseconds.</summary>
    public double? CpuMilliseconds { get; init; }

    public double? PerSecond { get; init; }

    /// <summary>Median latency.</summary>
    public double? P50Milliseconds { get; init; }

    public double? P99Milliseconds { get; init; }

    public double? Seconds { get; init; }

    public double? MebiBytes { get; init; }

    /// <summary>The figure that the goal is about, by its unit: processor time spent, memory held, or time taken.</summary>
    public double? In(string unit) => unit switch
    {
        "ms" => CpuMilliseconds,
        "MiB" => MebiBytes,
        "s" => Seconds,
        _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "no figure has this unit"),
    };
}

/// <summary>A piece of work, what the reference implementation needs for it, and what we want to need.</summary>
/// <param name="Key">For <c>--only</c>.</param>
/// <param name="Title">For people.</param>
/// <param name="Unit">Of the main figure.</param>
/// <param name="Reference">kube-apiserver 1.36.2 with one etcd 3.5 on a 2-core machine.</param>
/// <param name="Goal">Upper bounds.</param>
internal sealed record Work(string Key, string Title, string Unit, Figures Reference, Figures Goal);

/// <summary>The design's performance table.</summary>
internal static class Works
{
    public static Work Start { get; } = new("start", "start to /readyz", "s", new() { Seconds = 2.0 }, new() { Seconds = 1.0 });

    public static Work Create { get; } = new("create", "create", "ms", new() { CpuMilliseconds = 0.65, PerSecond = 1580 }, new() { CpuMilliseconds = 0.30 });

    public static Work Get { get; } = new("get", "get, consistent", "ms", new() { CpuMilliseconds = 0.29, PerSecond = 3100 }, new() { CpuMilliseconds = 0.10 });

    public static Work List { get; } = new("list", "list of 3,000", "ms", new() { CpuMilliseconds = 36, PerSecond = 26 }, new() { CpuMilliseconds = 4 });

    public static Work Patch { get; } = new("patch", "merge patch", "ms", new() { CpuMilliseconds = 0.88, PerSecond = 1400 }, new() { CpuMilliseconds = 0.35 });

    public static Work Apply { get; } = new("apply", "server-side apply", "ms", new() { CpuMilliseconds = 1.07, PerSecond = 1180 }, new() { CpuMilliseconds = 0.45 });

    public static Work Watch { get; } = new("watch", "one watch event to one of 200 watchers", "ms",
        new() { CpuMilliseconds = 0.0175, PerSecond = 47_000, P99Milliseconds = 181 }, new() { CpuMilliseconds = 0.005, P99Milliseconds = 40 });

    public static Work Memory { get; } = new("memory", "memory after that load", "MiB", new() { MebiBytes = 407 }, new() { MebiBytes = 150 });

    public static Work Deployment { get; } = new("deployment", "500 replicas on 100 nodes, all bound", "s", new() { Seconds = 24 }, new() { Seconds = 3 });

    public static Work Failover { get; } = new("failover", "scheduler killed until the next pod is bound", "s", new() { Seconds = 15.4 }, new() { Seconds = 3 });

    public static Work Up { get; } = new("up", "up of 3 control planes and 2 workers", "s", new(), new() { Seconds = 20 });

    /// <summary>No goal and no reference: to be seen, and compared with other days.</summary>
    public static Work MemoryOf(string component) => new($"memory-{component}", $"memory of {component}, each", "MiB", new(), new());

    /// <summary>In the order they are done.</summary>
    public static IReadOnlyList<Work> All { get; } = [Up, Start, Create, Get, List, Patch, Apply, Watch, Memory, Deployment, Failover];
}
