namespace Ballast.Admin.Backups.Targets;

/// <summary>A file in a target.</summary>
/// <param name="Name">Without folders.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Written">When it got its name, by the target's clock.</param>
public sealed record BackupFile(string Name, long Bytes, DateTimeOffset Written);

/// <summary>Where backups are kept: files by name, without folders. It knows nothing of what they hold.</summary>
/// <remarks>
/// A file is there whole or not at all: a write that was interrupted, by whatever, is never listed and never read. Writes of the same name replace one another, each whole.
/// What is listed has reached the disk, or the store's promise of it. Safe for concurrent use, by several processes on several hosts as well.
/// </remarks>
/// <exception cref="Clusters.ClusterException">From every method: the target cannot be reached, or refuses; the sentence says which.</exception>
public interface IBackupTarget : IDisposable
{
    /// <summary>As the user named it.</summary>
    string Description { get; }

    /// <summary>Every file, by name in ordinal order.</summary>
    Task<IReadOnlyList<BackupFile>> ListAsync(CancellationToken cancel);

    /// <summary>Takes what <paramref name="content"/> holds from its position on; it can seek.</summary>
    Task WriteAsync(string name, Stream content, CancellationToken cancel);

    /// <returns>False where there is none.</returns>
    Task<bool> ReadAsync(string name, Stream destination, CancellationToken cancel);

    /// <summary>No error where it is gone already.</summary>
    Task DeleteAsync(string name, CancellationToken cancel);

    /// <summary>Removes what interrupted writes left that began before <paramref name="before"/>.</summary>
    Task RemoveUnfinishedAsync(DateTimeOffset before, CancellationToken cancel);
}
