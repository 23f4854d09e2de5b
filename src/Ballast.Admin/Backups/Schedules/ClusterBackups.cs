using Ballast.Admin.Clusters;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Upgrades;
using Ballast.Client;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The backup schedule of a cluster on this machine: the same on every control plane, so that any of them can lead.</summary>
/// <param name="directory">The cluster's folder.</param>
/// <param name="time">The clock.</param>
public sealed class ClusterBackups(ClusterDirectory directory, TimeProvider time) : IScheduledBackups
{
    private HostPaths First => directory.Paths(directory.Load().ControlPlaneHosts.First());

    public Task<BackupSettings?> FindAsync(CancellationToken cancel) => Task.FromResult(BackupSettings.Find(First));

    public string? KeyFile => BackupSettings.Existing(BackupSettings.KeyOn(First));

    public string? S3CredentialsFile => BackupSettings.Existing(BackupSettings.S3CredentialsOn(First));

    public async Task<IReadOnlyList<string>> ApplyAsync(BackupSettings settings, string keyFile, string? s3Credentials, CancellationToken cancel)
    {
        settings.Check(keyFile, s3Credentials);
        var spec = directory.Load();
        using var changing = directory.Lock();
        using var api = ClientFactory.Create(directory.OperatorKubeconfig(spec), "ballast");
        return await ApiAnswers.OrSentenceAsync<IReadOnlyList<string>>(async () =>
        {
            await ClusterObjects.EnsureBackupControllerRoleAsync(api, cancel);
            return [.. spec.ControlPlaneHosts.Where(h => Apply(spec, h, settings, keyFile, s3Credentials)).Select(h => h.Name)];
        });
    }

    /// <summary>A control plane that comes later gets what the first one has, which may be nothing.</summary>
    /// <param name="spec">The cluster, with that host.</param>
    /// <param name="host">The host.</param>
    public void GiveTo(ClusterSpec spec, ClusterHost host)
    {
        if (BackupSettings.Find(First) is { } settings && KeyFile is { } key)
            Apply(spec, host, settings, key, S3CredentialsFile);
    }

    public Task<bool> RemoveAsync(CancellationToken cancel)
    {
        var spec = directory.Load();
        using var changing = directory.Lock();
        return Task.FromResult(spec.ControlPlaneHosts.Select(h => BackupSettings.Remove(directory.Paths(h))).ToList().Contains(true));
    }

    private bool Apply(ClusterSpec spec, ClusterHost host, BackupSettings settings, string keyFile, string? s3Credentials)
    {
        var files = new HostFiles(spec.Configuration, new(host.Name, host.IPAddress, directory.Paths(host)), time);
        return settings.Apply(directory.Paths(host), files, spec.EtcdUrls, File.ReadAllText(keyFile), settings.IsFolder ? null : File.ReadAllText(s3Credentials!));
    }
}
