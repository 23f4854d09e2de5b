using System.Buffers.Binary;
using System.Security.Cryptography;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Backups;

/// <summary>
/// A snapshot as <c>etcdctl snapshot save</c> makes it: a member's database in whole pages, then the SHA-256 of what comes before. Reading it changes nothing.
/// </summary>
/// <param name="Path">Where it is.</param>
/// <param name="Bytes">Its size, the hash included.</param>
/// <param name="Sha256">The hash at its end, which is that of the rest, in hexadecimal.</param>
public sealed record SnapshotFile(string Path, long Bytes, string Sha256)
{
    // The first page is a meta page, with the magic number after the page's header.
    private const int MagicAt = BoltFile.HeaderBytes;
    private const int SectorBytes = 512;

    /// <summary>Reads the whole file and checks that it is what it should be.</summary>
    /// <exception cref="ClusterException">It is missing, empty, truncated, damaged, or no snapshot: the sentence says which.</exception>
    public static async Task<SnapshotFile> CheckAsync(string path, CancellationToken cancel)
    {
        if (!File.Exists(path))
            throw new ClusterException($"there is no file {path}");
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, useAsync: true);
        var bytes = stream.Length;
        if (bytes == 0)
            throw Damaged(path, "it is empty");
        if (bytes < MagicAt + sizeof(uint))
            throw Damaged(path, $"{bytes} bytes are no etcd snapshot");
        var head = new byte[MagicAt + sizeof(uint)];
        await stream.ReadExactlyAsync(head, cancel);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(MagicAt)) != BoltFile.Magic)
            throw Damaged(path, "it is no etcd database");
        if (bytes % SectorBytes == 0)
            throw Damaged(path, "it has no hash at its end: it is a copy of a member's database file, or it was cut off");
        if (bytes % SectorBytes != SHA256.HashSizeInBytes)
            throw Damaged(path, "it was cut off");
        stream.Position = 0;
        var actual = await HashAsync(stream, bytes - SHA256.HashSizeInBytes, cancel);
        var stated = new byte[SHA256.HashSizeInBytes];
        await stream.ReadExactlyAsync(stated, cancel);
        return actual.AsSpan().SequenceEqual(stated)
            ? new SnapshotFile(path, bytes, Convert.ToHexStringLower(stated))
            : throw Damaged(path, "its content is not what its hash says");
    }

    /// <summary>Makes a snapshot's file, for its owner alone. It is there whole and checked, or not at all.</summary>
    /// <param name="path">Nothing may be there.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="before">Done when it is whole, before it has its name; null for nothing.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="ClusterException">What was written is no snapshot.</exception>
    public static async Task<SnapshotFile> CreateAsync(string path, Func<Stream, CancellationToken, Task> write, Action? before, CancellationToken cancel)
    {
        AtomicFile.Folder(System.IO.Path.GetDirectoryName(path)!);
        var temporary = $"{path}.{Environment.ProcessId}.part";
        try
        {
            await using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret }))
            {
                await write(stream, cancel);
                stream.Flush(flushToDisk: true);
            }
            // As it can be read back, not as it was written.
            var made = await CheckAsync(temporary, cancel);
            before?.Invoke();
            File.Move(temporary, path, overwrite: false);
            return made with { Path = path };
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static async Task<byte[]> HashAsync(Stream stream, long count, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        for (var left = count; left > 0;)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancel);
            if (read == 0)
                throw new EndOfStreamException("the file became shorter while it was read");
            hash.AppendData(buffer, 0, read);
            left -= read;
        }
        return hash.GetHashAndReset();
    }

    private static ClusterException Damaged(string path, string reason) => new($"{path} cannot be used: {reason}") { Hint = "take another snapshot; nothing was touched" };
}
