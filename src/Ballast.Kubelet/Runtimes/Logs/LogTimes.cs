using System.Globalization;

namespace Ballast.Kubelet.Runtimes.Logs;

/// <summary>When which part of a log was written, to the second or so in which the file was seen to have grown.</summary>
internal sealed class LogTimes
{
    private readonly string _path;
    private readonly List<(long Offset, DateTimeOffset Seen)> _growth = [];
    private long _read;

    public LogTimes(string path)
    {
        _path = path;
        Refresh();
    }

    /// <summary>Notes that the log's bytes from <paramref name="offset"/> on are no older than <paramref name="seen"/>, give or take a second.</summary>
    public static void Append(string path, long offset, DateTimeOffset seen) =>
        File.AppendAllText(path, string.Create(CultureInfo.InvariantCulture, $"{offset} {seen.ToUnixTimeMilliseconds()}\n"));

    /// <summary>Reads what was noted since.</summary>
    public void Refresh()
    {
        if (!File.Exists(_path))
            return;
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length < _read)
        {
            _growth.Clear(); // Rotated.
            _read = 0;
        }
        file.Position = _read;
        using var lines = new StreamReader(file);
        while (lines.ReadLine() is { } line)
        {
            var fields = line.Split(' ');
            if (fields.Length == 2
                && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
                && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds))
                _growth.Add((offset, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)));
        }
        _read = file.Length;
    }

    public DateTimeOffset TimeAt(long offset)
    {
        var found = _growth.FindLast(g => g.Offset <= offset);
        return found.Seen != default ? found.Seen : File.GetLastWriteTimeUtc(_path);
    }

    /// <summary>Where the bytes not older than <paramref name="since"/> begin; null where all are older.</summary>
    public long? OffsetAt(DateTimeOffset since)
    {
        var index = _growth.FindIndex(g => g.Seen >= since);
        return index < 0 ? null : _growth[index].Offset;
    }
}
