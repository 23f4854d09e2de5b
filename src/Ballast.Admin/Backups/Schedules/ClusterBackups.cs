using Ballast.Admin.Backups.Targets;
using Ballast.Admin.Clusters;
using Ballast.Admin.Files;
using Ballast.Admin.Hosts;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The backup schedule of a cluster on this machine: the same on every control plane, so that any of them can lead.</summary>
public sealed class ClusterBackups(ClusterDirectory directory)
{
    private HostPaths First => directory.Paths(directory.Load().ControlPlaneHosts.First());

    /// <summary>Null where backups are not scheduled.</summary>
    public BackupSettings? Find() => BackupSettings.Find(First);

    /// <summary>The operator's key, where one was given before.</summary>
    public string? KeyFile() => Existing(BackupSettings.KeyOn(First));

    /// <summary>The S3 credentials, where they were given before.</summary>
    public string? S3CredentialsFile() => Existing(BackupSettings.S3CredentialsOn(First));

    /// <summary>Gives every control plane the schedule; done again it mends those that lack it.</summary>
    /// <param name="settings">The schedule.</param>
    /// <param name="keyFile">The operator's key.</param>
    /// <param name="s3Credentials">Where the target is a bucket.</param>
    /// <returns>The hosts where something changed.</returns>
    /// <exception cref="ClusterException">Something of it cannot be used; nothing is changed then.</exception>
    public IReadOnlyList<string> Apply(BackupSettings settings, string keyFile, string? s3Credentials)
    {
        BackupKey.Read(keyFile);
        BackupTarget.Open(settings.Target, s3Credentials).Dispose();
        var spec = directory.Load();
        using var changing = directory.Lock();
        if (Path.IsPathRooted(settings.Target))
            AtomicFile.Folder(settings.Target);
        var (key, credentials) = (File.ReadAllText(keyFile), Path.IsPathRooted(settings.Target) ? null : File.ReadAllText(s3Credentials!));
        return [.. spec.ControlPlaneHosts.Where(h => settings.Apply(directory.Paths(h), h.Name, h.IPAddress, spec.EtcdUrls, key, credentials)).Select(h => h.Name)];
    }

    /// <returns>False where there was none.</returns>
    public bool Remove()
    {
        var spec = directory.Load();
        using var changing = directory.Lock();
        return spec.ControlPlaneHosts.Select(h => BackupSettings.Remove(directory.Paths(h))).ToList().Contains(true);
    }

    private static string? Existing(string file) => File.Exists(file) ? file : null;
}
