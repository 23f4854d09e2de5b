using System.Globalization;

namespace Ballast.Kubelet.Runtimes.Logs;

/// <summary>
/// Keeps the logs of running containers within bounds: 10 MiB a file, five files a container, upstream's defaults.
/// The writer holds the file open for as long as it lives, so the content is copied away and the file cut to nothing;
/// what is written between the last copied byte and the cut, a few microseconds, is lost.
/// </summary>
internal sealed class LogRotation(TimeProvider time, ILogger logger, long maxSize = 10 << 20, int maxFiles = 5)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, long> _seen = [];

    public async Task RunAsync(Func<IEnumerable<LogFile>> logs, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
                Check(logs());
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>Notes the growth of each log, and rotates those that are full.</summary>
    public void Check(IEnumerable<LogFile> logs)
    {
        foreach (var log in logs)
        {
            try
            {
                Note(log);
                if (log.Length >= maxSize)
                    Rotate(log);
            }
            catch (IOException e)
            {
                logger.LogError(e, "Log is not rotated {Path}", log.Path);
            }
        }
    }

    private void Note(LogFile log)
    {
        var length = log.Length;
        var before = _seen.TryGetValue(log.Path, out var known) ? known : LastNoted(log);
        if (length > before)
            LogTimes.Append(log.TimesPath, before, time.GetUtcNow());
        _seen[log.Path] = length;
    }

    /// <summary>After a restart: the last growth on record began before what is there now.</summary>
    private static long LastNoted(LogFile log) => File.Exists(log.TimesPath) ? log.Length : 0;

    private void Rotate(LogFile log)
    {
        var part = $"{log.Path}.{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        using (var source = new FileStream(log.Path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
        using (var copy = new FileStream(part, FileMode.Append, FileAccess.Write))
        {
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = source.Read(buffer)) > 0)
                copy.Write(buffer, 0, read);
            source.SetLength(0);
        }
        File.Delete(log.TimesPath);
        _seen[log.Path] = 0;
        var rotated = log.Rotated;
        foreach (var old in rotated.Take(rotated.Count - (maxFiles - 1)))
            File.Delete(old);
    }
}
