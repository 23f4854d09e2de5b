using System.Globalization;
using System.Text;

namespace Ballast.Kubelet.Runtimes.Logs;

/// <summary>
/// A container's log that the container itself appends to, as plain lines. Beside it, <c>N.log.times</c> says when the
/// file grew (<c>offset milliseconds</c> a line), which is how a line gets its time although its writer gave none.
/// </summary>
internal sealed record LogFile(string Path)
{
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    public string TimesPath => Path + ".times";

    public long Length => File.Exists(Path) ? new FileInfo(Path).Length : 0;

    /// <summary>The rotated parts, oldest first.</summary>
    public IReadOnlyList<string> Rotated =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, FileName + ".2*").Where(f => !f.EndsWith(".times", StringComparison.Ordinal)).Order(StringComparer.Ordinal)]
            : [];

    private string Folder => System.IO.Path.GetDirectoryName(Path)!;

    private string FileName => System.IO.Path.GetFileName(Path);

    public void Delete()
    {
        foreach (var rotated in Rotated)
            File.Delete(rotated);
        File.Delete(TimesPath);
        File.Delete(Path);
    }

    /// <summary>Writes what <paramref name="options"/> select. Following ends after <paramref name="ended"/> with the last line.</summary>
    public async Task WriteAsync(LogOptions options, Task ended, Stream output, TimeProvider time, CancellationToken cancellation)
    {
        var left = options.LimitBytes ?? long.MaxValue;
        var times = new LogTimes(TimesPath);
        var position = await StartAsync(options, times, cancellation);
        while (true)
        {
            // Read after the end was seen, the file is complete.
            var last = !options.Follow || ended.IsCompleted;
            times.Refresh();
            (position, left) = await CopyAsync(options.Timestamps ? times : null, position, left, last, output, cancellation);
            await output.FlushAsync(cancellation);
            if (last || left <= 0)
                return;
            await Task.WhenAny(ended, Task.Delay(FollowInterval, time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            if (Length < position)
                position = 0; // Rotated.
        }
    }

    private FileStream Open() => new(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private async Task<long> StartAsync(LogOptions options, LogTimes times, CancellationToken cancellation)
    {
        var position = options.Since is { } since ? times.OffsetAt(since) ?? Length : 0;
        return options.TailLines is { } lines && File.Exists(Path)
            ? Math.Max(position, await TailAsync(lines, cancellation))
            : position;
    }

    /// <summary>Where the last <paramref name="lines"/> lines begin.</summary>
    private async Task<long> TailAsync(long lines, CancellationToken cancellation)
    {
        await using var file = Open();
        var buffer = new byte[64 * 1024];
        var end = file.Length;
        if (lines <= 0)
            return end;
        var seen = 0L;
        for (var upTo = end; upTo > 0;)
        {
            var from = Math.Max(0, upTo - buffer.Length);
            file.Position = from;
            var count = (int)(upTo - from);
            await file.ReadExactlyAsync(buffer.AsMemory(0, count), cancellation);
            for (var i = count - 1; i >= 0; i--)
            {
                var isLastByte = from + i == end - 1; // The newline that ends the last line separates nothing.
                if (buffer[i] == '\n' && !isLastByte && ++seen == lines)
                    return from + i + 1;
            }
            upTo = from;
        }
        return 0;
    }

    /// <summary>Copies whole lines from <paramref name="position"/> on; with <paramref name="last"/> also a line without an end.</summary>
    private async Task<(long Position, long Left)> CopyAsync(
        LogTimes? times, long position, long left, bool last, Stream output, CancellationToken cancellation)
    {
        if (!File.Exists(Path))
            return (position, left);
        await using var file = Open();
        file.Position = position;
        var buffer = new byte[64 * 1024];
        var held = 0;
        while (left > 0)
        {
            var read = await file.ReadAsync(buffer.AsMemory(held), cancellation);
            var available = held + read;
            var whole = buffer.AsSpan(0, available).LastIndexOf((byte)'\n') + 1;
            if ((read == 0 && last) || (whole == 0 && available == buffer.Length))
                whole = available; // The end, or a line longer than the buffer, which then goes out in pieces.
            if (whole > 0)
            {
                left = times is null
                    ? await WriteLimitedAsync(output, buffer.AsMemory(0, whole), left, cancellation)
                    : await WriteTimedAsync(output, buffer.AsMemory(0, whole), position, times, left, cancellation);
                position += whole;
            }
            held = available - whole;
            buffer.AsSpan(whole, held).CopyTo(buffer);
            if (read == 0)
                break;
        }
        return (position, left);
    }

    private static async Task<long> WriteTimedAsync(
        Stream output, ReadOnlyMemory<byte> lines, long position, LogTimes times, long left, CancellationToken cancellation)
    {
        while (!lines.IsEmpty && left > 0)
        {
            var end = lines.Span.IndexOf((byte)'\n') + 1;
            var line = end > 0 ? lines[..end] : lines;
            var stamp = Encoding.ASCII.GetBytes(times.TimeAt(position).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z '", CultureInfo.InvariantCulture));
            left = await WriteLimitedAsync(output, stamp, left, cancellation);
            left = await WriteLimitedAsync(output, line, left, cancellation);
            position += line.Length;
            lines = lines[line.Length..];
        }
        return left;
    }

    private static async Task<long> WriteLimitedAsync(Stream output, ReadOnlyMemory<byte> bytes, long left, CancellationToken cancellation)
    {
        if (bytes.Length > left)
            bytes = bytes[..(int)left];
        await output.WriteAsync(bytes, cancellation);
        return left - bytes.Length;
    }
}
