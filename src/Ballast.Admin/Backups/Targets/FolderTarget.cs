using System.Security.Cryptography;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;

namespace Ballast.Admin.Backups.Targets;

/// <summary>A folder: of this machine, or one that several hosts have mounted.</summary>
internal sealed class FolderTarget(string folder) : IBackupTarget
{
    private const string Unfinished = ".part";

    public string Description => folder;

    public Task<IReadOnlyList<BackupFile>> ListAsync(CancellationToken cancel) => Refused(() =>
        Task.FromResult<IReadOnlyList<BackupFile>>(Directory.Exists(folder)
            ? [.. new DirectoryInfo(folder).EnumerateFiles().Where(f => !IsUnfinished(f.Name)).Select(f => new BackupFile(f.Name, f.Length, f.LastWriteTimeUtc)).OrderBy(f => f.Name, StringComparer.Ordinal)]
            : []));

    public Task WriteAsync(string name, Stream content, CancellationToken cancel) => Refused(async () =>
    {
        AtomicFile.Folder(folder);
        var temporary = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}{Unfinished}");
        try
        {
            var sent = await WriteSyncedAsync(temporary, content, cancel);
            // As it can be read back, not as it was sent.
            await using (var written = File.OpenRead(temporary))
            {
                if (!(await SHA256.HashDataAsync(written, cancel)).AsSpan().SequenceEqual(sent))
                    throw new IOException($"{name} came back other than it was written");
            }
            cancel.ThrowIfCancellationRequested();
            File.Move(temporary, Path.Combine(folder, name), overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
        return true;
    });

    public Task<bool> ReadAsync(string name, Stream destination, CancellationToken cancel) => Refused(async () =>
    {
        var file = Path.Combine(folder, name);
        if (!File.Exists(file))
            return false;
        await using var content = File.OpenRead(file);
        await content.CopyToAsync(destination, cancel);
        return true;
    });

    public Task DeleteAsync(string name, CancellationToken cancel) => Refused(() =>
    {
        if (Directory.Exists(folder))
            File.Delete(Path.Combine(folder, name));
        return Task.FromResult(true);
    });

    public Task RemoveUnfinishedAsync(DateTimeOffset before, CancellationToken cancel) => Refused(() =>
    {
        foreach (var file in Directory.Exists(folder) ? new DirectoryInfo(folder).GetFiles().Where(f => IsUnfinished(f.Name) && f.LastWriteTimeUtc < before) : [])
            file.Delete();
        return Task.FromResult(true);
    });

    public void Dispose()
    {
        // Nothing is held.
    }

    private static bool IsUnfinished(string name) => name.StartsWith('.') && name.EndsWith(Unfinished, StringComparison.Ordinal);

    private static async Task<byte[]> WriteSyncedAsync(string path, Stream content, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = AtomicFile.Secret });
        var buffer = new byte[1 << 16];
        for (int read; (read = await content.ReadAsync(buffer, cancel)) > 0;)
        {
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancel);
        }
        file.Flush(flushToDisk: true);
        return hash.GetHashAndReset();
    }

    private async Task<T> Refused<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new ClusterException($"the backup target {folder} cannot be used: {refused.Message}");
        }
    }
}
