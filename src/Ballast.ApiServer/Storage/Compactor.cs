using System.Globalization;
using System.Text;
using Ballast.Etcd;
using Microsoft.Extensions.Logging;

namespace Ballast.ApiServer.Storage;

/// <summary>
/// Has etcd forget what is older than one interval. Every server runs one; they agree through one key, as upstream's do, so that one of them does it:
/// <code>
/// every interval:  if the key was written N times  → write it (N+1) with the revision of now, and compact to the revision of one interval ago
///                  else                            → somebody else did it: take over their N, and the revision of now
/// </code>
/// </summary>
/// <param name="etcd">The store.</param>
/// <param name="interval">Zero to leave compaction to others.</param>
/// <param name="time">The clock of the interval.</param>
/// <param name="log">Told of each compaction, and of each that failed.</param>
public sealed partial class Compactor(IKeyValues etcd, TimeSpan interval, TimeProvider time, ILogger<Compactor> log)
{
    private const string Key = "compact_rev_key";

    private long _turn;
    private long _revision;

    public async Task RunAsync(CancellationToken stop)
    {
        if (interval == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                await TakeTurnAsync(stop);
            }
            catch (EtcdException e)
            {
                LogFailed(e.Message);
            }
        }
    }

    /// <summary>One round. Returns the revision compacted to; null where another server's turn it was, or in the first round.</summary>
    public async Task<long?> TakeTurnAsync(CancellationToken cancel)
    {
        var value = Encoding.ASCII.GetBytes(_revision.ToString(CultureInfo.InvariantCulture));
        var result = await etcd.PutIfVersionAsync(Key, _turn, value, cancel);
        var before = _revision;
        _revision = result.Revision;
        if (!result.Succeeded)
        {
            _turn = result.Current?.Version ?? 0;
            return null;
        }
        _turn++;
        if (before == 0)
            return null; // just started: nothing is known to be old
        try
        {
            await etcd.CompactAsync(before, cancel);
        }
        catch (EtcdException e) when (e.Error == EtcdError.Compacted)
        {
            return null; // etcd's own compaction, or an operator's, was there first
        }
        LogCompacted(before);
        return before;
    }

    [LoggerMessage(LogLevel.Information, "etcd: compacted rev {Revision}")]
    private partial void LogCompacted(long revision);

    [LoggerMessage(LogLevel.Warning, "etcd: compaction failed, next try after the interval: {Reason}")]
    private partial void LogFailed(string reason);
}
