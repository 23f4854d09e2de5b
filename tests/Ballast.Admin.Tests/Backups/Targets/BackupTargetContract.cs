using System.Security.Cryptography;
using System.Text;
using Ballast.Admin.Backups.Targets;

namespace Ballast.Admin.Tests.Backups.Targets;

/// <summary>What every target promises.</summary>
public abstract class BackupTargetContract
{
    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>One that nobody else writes to.</summary>
    internal abstract IBackupTarget Target { get; }

    [Fact]
    public async Task What_is_written_is_listed_in_order_and_read()
    {
        Assert.Empty(await Target.ListAsync(Cancel));
        await WriteAsync("b.db", "second");
        await WriteAsync("a.json", "first");
        await WriteAsync("a.db", "");
        var files = await Target.ListAsync(Cancel);
        Assert.Equal([("a.db", 0L), ("a.json", 5), ("b.db", 6)], files.Select(f => (f.Name, f.Bytes)));
        Assert.All(files, f => Assert.InRange(f.Written, DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddMinutes(1)));
        Assert.Equal("second", await ReadAsync("b.db"));
        Assert.Equal("", await ReadAsync("a.db"));
    }

    [Fact]
    public async Task A_second_write_replaces_the_first()
    {
        await WriteAsync("a", "a longer text");
        await WriteAsync("a", "short");
        Assert.Equal("short", await ReadAsync("a"));
        Assert.Equal(5, Assert.Single(await Target.ListAsync(Cancel)).Bytes);
    }

    [Fact]
    public async Task What_is_not_there_is_not_read_and_its_deletion_is_no_error()
    {
        Assert.Null(await ReadAsync("none"));
        await Target.DeleteAsync("none", Cancel);
        await WriteAsync("a", "1");
        await Target.DeleteAsync("a", Cancel);
        await Target.DeleteAsync("a", Cancel);
        Assert.Null(await ReadAsync("a"));
        Assert.Empty(await Target.ListAsync(Cancel));
    }

    /// <summary>Of several parts, where the target has parts.</summary>
    [Fact]
    public async Task A_large_file_comes_back_as_it_was()
    {
        var bytes = RandomNumberGenerator.GetBytes(20_000_000);
        await Target.WriteAsync("large", new MemoryStream(bytes), Cancel);
        var back = new MemoryStream();
        Assert.True(await Target.ReadAsync("large", back, Cancel));
        Assert.Equal(SHA256.HashData(bytes), SHA256.HashData(back.ToArray()));
        Assert.Equal(bytes.Length, Assert.Single(await Target.ListAsync(Cancel)).Bytes);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(20_000_000)]
    public async Task A_write_that_is_interrupted_is_not_there(int bytes)
    {
        await Assert.ThrowsAnyAsync<Exception>(() => Target.WriteAsync("a", new BreakingStream(bytes), Cancel));
        Assert.Empty(await Target.ListAsync(Cancel));
        Assert.Null(await ReadAsync("a"));
        await Target.RemoveUnfinishedAsync(DateTimeOffset.UtcNow.AddMinutes(1), Cancel);
    }

    internal Task WriteAsync(string name, string text) => Target.WriteAsync(name, new MemoryStream(Encoding.UTF8.GetBytes(text)), Cancel);

    internal async Task<string?> ReadAsync(string name)
    {
        var content = new MemoryStream();
        return await Target.ReadAsync(name, content, Cancel) ? Encoding.UTF8.GetString(content.ToArray()) : null;
    }

    /// <summary>Ends with an error before its last byte.</summary>
    private sealed class BreakingStream(int bytes) : MemoryStream(new byte[bytes])
    {
        public override int Read(byte[] buffer, int offset, int count) => Check(base.Read(buffer, offset, count));

        public override int Read(Span<byte> buffer) => Check(base.Read(buffer));

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Check(await base.ReadAsync(buffer, cancellationToken));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

        private int Check(int read) => Position < Length ? read : throw new IOException("the disk is gone");
    }
}
