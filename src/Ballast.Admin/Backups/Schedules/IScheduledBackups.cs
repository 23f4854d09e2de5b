using Ballast.Admin.Clusters;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The backup schedule as an operator sets it, on the control planes that are at hand.</summary>
public interface IScheduledBackups
{
    /// <summary>Null where backups are not scheduled.</summary>
    Task<BackupSettings?> FindAsync(CancellationToken cancel);

    /// <summary>The operator's key, where one was given before.</summary>
    string? KeyFile { get; }

    /// <summary>The S3 credentials, where they were given before.</summary>
    string? S3CredentialsFile { get; }

    /// <summary>Gives the control planes at hand the schedule; done again it mends those that lack it.</summary>
    /// <param name="settings">The schedule.</param>
    /// <param name="keyFile">The operator's key.</param>
    /// <param name="s3Credentials">Where the target is a bucket.</param>
    /// <param name="cancel">Gives up; done again it goes on.</param>
    /// <returns>The hosts where something changed.</returns>
    /// <exception cref="ClusterException">Something of it cannot be used; nothing is changed then.</exception>
    Task<IReadOnlyList<string>> ApplyAsync(BackupSettings settings, string keyFile, string? s3Credentials, CancellationToken cancel);

    /// <returns>False where there was none.</returns>
    Task<bool> RemoveAsync(CancellationToken cancel);
}
