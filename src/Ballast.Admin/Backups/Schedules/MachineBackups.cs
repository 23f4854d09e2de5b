using Ballast.Admin.Clusters;
using Ballast.Admin.EtcdQuorum;
using Ballast.Admin.Hosts;
using Ballast.Admin.Phases;
using Ballast.Admin.Upgrades;
using Ballast.Client;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>
/// The backup schedule of a cluster of machines, on one of its control planes. It is kept in the cluster for those that join later; the key never is, and comes to them with the other files that
/// control planes share. A control plane that is there already is given the schedule by the same command on it.
/// </summary>
/// <param name="paths">The host's files.</param>
/// <param name="time">The clock.</param>
public sealed class MachineBackups(HostPaths paths, TimeProvider time) : IScheduledBackups
{
    private readonly Host _host = HostIdentity.Read(paths);

    public async Task<BackupSettings?> FindAsync(CancellationToken cancel) =>
        BackupSettings.Find(paths) ?? await WithApiAsync(api => BackupSettingsMap.FindAsync(api, cancel));

    public string? KeyFile => BackupSettings.Existing(BackupSettings.KeyOn(paths));

    public string? S3CredentialsFile => BackupSettings.Existing(BackupSettings.S3CredentialsOn(paths));

    public Task<IReadOnlyList<string>> ApplyAsync(BackupSettings settings, string keyFile, string? s3Credentials, CancellationToken cancel) => WithApiAsync<IReadOnlyList<string>>(async api =>
    {
        settings.Check(keyFile, s3Credentials);
        using var held = HostLock.Take(paths);
        await BackupSettingsMap.SaveAsync(api, settings, cancel);
        return await ApplyAsync(api, settings, keyFile, s3Credentials, cancel) ? [_host.Name] : [];
    });

    /// <summary>For a control plane that joins: what the cluster says, where the key has come.</summary>
    /// <returns>A few words on the outcome; null where the key has not come.</returns>
    public async Task<string?> FollowAsync(ApiClient api, CancellationToken cancel)
    {
        if (await BackupSettingsMap.FindAsync(api, cancel) is not { } settings)
            return "none are scheduled";
        if (KeyFile is not { } key || (!settings.IsFolder && S3CredentialsFile is null))
            return null;
        await ApplyAsync(api, settings, key, S3CredentialsFile, cancel);
        return $"at \"{settings.Schedule}\" (UTC)";
    }

    public Task<bool> RemoveAsync(CancellationToken cancel) => WithApiAsync(async api =>
    {
        using var held = HostLock.Take(paths);
        var was = await BackupSettingsMap.DeleteAsync(api, cancel);
        return BackupSettings.Remove(paths) || was;
    });

    private async Task<bool> ApplyAsync(ApiClient api, BackupSettings settings, string keyFile, string? s3Credentials, CancellationToken cancel)
    {
        await ClusterObjects.EnsureBackupControllerRoleAsync(api, cancel);
        var cluster = await ClusterObjects.ConfigurationAsync(api, cancel);
        return settings.Apply(paths, new(cluster, _host, time), cluster.ExternalEtcd?.Endpoints ?? await MembersAsync(cancel),
            await File.ReadAllTextAsync(keyFile, cancel), settings.IsFolder ? null : await File.ReadAllTextAsync(s3Credentials!, cancel));
    }

    private async Task<IReadOnlyList<string>> MembersAsync(CancellationToken cancel)
    {
        using var client = await new MachineEtcd(_host, time).ConnectAsync(cancel);
        return [.. client.Endpoints.Select(e => e.OriginalString).Order(StringComparer.Ordinal)];
    }

    private async Task<T> WithApiAsync<T>(Func<ApiClient, Task<T>> work)
    {
        if (!HostIdentity.IsControlPlane(paths))
            throw new ClusterException($"{_host.Name} is no control plane: backups are taken on those", 2);
        using var api = ClientFactory.Create(paths.Kubeconfig("admin.conf"), "ballast");
        return await ApiAnswers.OrSentenceAsync(() => work(api));
    }
}
