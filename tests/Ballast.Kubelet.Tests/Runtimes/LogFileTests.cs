using System.Text;
using Ballast.Kubelet.Runtimes;
using Ballast.Kubelet.Runtimes.Logs;
using Ballast.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ballast.Kubelet.Tests.Runtimes;

public sealed class LogFileTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly LogFile _log;

    public LogFileTests() => _log = new LogFile(_folder["0.log"]);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    private async Task<string> ReadAsync(LogOptions options)
    {
        using var output = new MemoryStream();
        await _log.WriteAsync(options, Task.CompletedTask, output, _time, Cancel);
        return Encoding.UTF8.GetString(output.ToArray());
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "three\n")]
    [InlineData(2, "two\nthree\n")]
    [InlineData(9, "one\ntwo\nthree\n")]
    public async Task The_last_lines(long lines, string expected)
    {
        await File.WriteAllTextAsync(_log.Path, "one\ntwo\nthree\n", Cancel);
        Assert.Equal(expected, await ReadAsync(new(TailLines: lines)));
    }

    [Fact]
    public async Task The_last_lines_of_a_file_larger_than_a_buffer()
    {
        var lines = Enumerable.Range(0, 50_000).Select(i => $"line {i}").ToList();
        await File.WriteAllLinesAsync(_log.Path, lines, Cancel);
        Assert.Equal(string.Join('\n', lines.TakeLast(20_000)) + "\n", await ReadAsync(new(TailLines: 20_000)));
        Assert.Equal(string.Join('\n', lines) + "\n", await ReadAsync(new()));
    }

    [Fact]
    public async Task A_limit_in_bytes()
    {
        await File.WriteAllTextAsync(_log.Path, "one\ntwo\n", Cancel);
        Assert.Equal("one\ntw", await ReadAsync(new(LimitBytes: 6)));
    }

    [Fact]
    public async Task Lines_have_the_time_at_which_they_were_first_seen()
    {
        var rotation = new LogRotation(_time, NullLogger.Instance);
        await File.WriteAllTextAsync(_log.Path, "one\n", Cancel);
        rotation.Check([_log]);
        _time.Advance(TimeSpan.FromSeconds(10));
        await File.AppendAllTextAsync(_log.Path, "two\n", Cancel);
        rotation.Check([_log]);

        Assert.Equal("2026-01-01T00:00:00.000000000Z one\n2026-01-01T00:00:10.000000000Z two\n", await ReadAsync(new(Timestamps: true)));
        Assert.Equal("two\n", await ReadAsync(new(Since: _time.GetUtcNow().AddSeconds(-5))));
        Assert.Equal("", await ReadAsync(new(Since: _time.GetUtcNow().AddSeconds(5))));
    }

    [Fact]
    public async Task Following_gives_new_lines_and_ends_with_the_container()
    {
        await File.WriteAllTextAsync(_log.Path, "one\n", Cancel);
        using var output = new MemoryStream();
        var ended = new TaskCompletionSource();
        var reading = _log.WriteAsync(new(Follow: true), ended.Task, output, TimeProvider.System, Cancel);
        await Eventually.TrueAsync(() => output.Length == 4, "the first line");
        await File.AppendAllTextAsync(_log.Path, "two\n", Cancel);
        await Eventually.TrueAsync(() => output.Length == 8, "the second line");
        Assert.False(reading.IsCompleted);
        await File.AppendAllTextAsync(_log.Path, "last words", Cancel);
        ended.SetResult();
        await reading;
        Assert.Equal("one\ntwo\nlast words", Encoding.UTF8.GetString(output.ToArray()));
    }

    [Fact]
    public async Task A_full_log_is_moved_aside_and_the_oldest_part_goes()
    {
        var rotation = new LogRotation(_time, NullLogger.Instance, maxSize: 10, maxFiles: 3);
        // The container holds its file open, to append.
        await using var container = new StreamWriter(new FileStream(_log.Path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        for (var part = 0; part < 4; part++)
        {
            await File.AppendAllTextAsync(_log.Path, $"part {part} of the log\n", Cancel);
            rotation.Check([_log]);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, _log.Length);
        Assert.Equal(["part 2 of the log\n", "part 3 of the log\n"], _log.Rotated.Select(File.ReadAllText));
    }
}
