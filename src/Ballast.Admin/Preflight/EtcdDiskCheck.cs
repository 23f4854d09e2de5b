using Ballast.Admin.Phases;

namespace Ballast.Admin.Preflight;

/// <summary>The disk of etcd's data syncs quickly enough: every write of the cluster waits for that on a majority of members.</summary>
internal sealed class EtcdDiskCheck : IPreflightCheck
{
    /// <summary>What etcd's documentation asks for, at the 99th percentile.</summary>
    private static readonly TimeSpan Enough = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(1);

    private const int Writes = 200;

    /// <summary>As large as etcd's entries are on average.</summary>
    private const int Size = 2300;

    public Task<IReadOnlyList<PreflightFinding>> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (!context.HasEtcd)
            return Task.FromResult<IReadOnlyList<PreflightFinding>>([]);
        var slowest = Measure(Existing(context.Paths.EtcdData), context.Time, cancel);
        IReadOnlyList<PreflightFinding> findings = slowest <= Enough ? []
            : [new("EtcdDisk", false, $"the disk of {context.Paths.EtcdData} takes {slowest.TotalMilliseconds:0.0} ms to sync a write (99th percentile): etcd wants {Enough.TotalMilliseconds:0} ms at most")];
        return Task.FromResult(findings);
    }

    private static TimeSpan Measure(string folder, TimeProvider time, CancellationToken cancel)
    {
        var took = new List<TimeSpan>(Writes);
        var entry = new byte[Size];
        var start = time.GetTimestamp();
        using var file = new FileStream(Path.Combine(folder, $".ballast-sync-{Environment.ProcessId}"), new FileStreamOptions
        {
            Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.DeleteOnClose,
        });
        while (took.Count < Writes && time.GetElapsedTime(start) < AtMost)
        {
            cancel.ThrowIfCancellationRequested();
            var before = time.GetTimestamp();
            file.Write(entry);
            file.Flush(flushToDisk: true);
            took.Add(time.GetElapsedTime(before));
        }
        return took.Order().ElementAt(took.Count * 99 / 100);
    }

    /// <summary>The folder, or the nearest above it that is there: it is on the same disk, unless somebody mounts one later.</summary>
    private static string Existing(string folder) => Directory.Exists(folder) ? folder : Existing(Path.GetDirectoryName(folder)!);
}
