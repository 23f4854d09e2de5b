using System.Globalization;
using Ballast.Admin.Clusters;
using Ballast.Client;
using k8s.Autorest;
using k8s.Models;

namespace Ballast.Admin.Backups.Schedules;

/// <summary>The schedule of a cluster of machines, as the ConfigMap <c>kube-system/backup-controller</c>. It holds no secret.</summary>
internal static class BackupSettingsMap
{
    private const string Namespace = "kube-system";
    private const string Name = BackupSettings.Component;

    /// <summary>Null where backups are not scheduled.</summary>
    /// <exception cref="ClusterException">Somebody has damaged it.</exception>
    public static async Task<BackupSettings?> FindAsync(ApiClient api, CancellationToken cancel)
    {
        if (await api.Resources<V1ConfigMap>().FindAsync(Namespace, Name, cancel) is not { } map)
            return null;
        return map.Data is { } data && data.TryGetValue("schedule", out var schedule) && data.TryGetValue("target", out var target)
            && data.TryGetValue("keep", out var text) && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var keep) && keep > 0
            ? new(BackupSchedule.Parse(schedule).ToString(), keep, target)
            : throw new ClusterException($"the ConfigMap {Namespace}/{Name} is damaged: it should have schedule, keep and target") { Hint = "ballast etcd snapshot schedule SCHEDULE --target TARGET writes it anew" };
    }

    public static async Task SaveAsync(ApiClient api, BackupSettings settings, CancellationToken cancel)
    {
        var maps = api.Resources<V1ConfigMap>();
        var data = new Dictionary<string, string> { ["schedule"] = settings.Schedule, ["keep"] = settings.Keep.ToString(CultureInfo.InvariantCulture), ["target"] = settings.Target };
        if (await maps.FindAsync(Namespace, Name, cancel) is not { } map)
            await maps.CreateAsync(new() { Metadata = new() { NamespaceProperty = Namespace, Name = Name }, Data = data }, cancel);
        else if (!data.All(d => map.Data is { } there && there.TryGetValue(d.Key, out var value) && value == d.Value))
            await maps.UpdateAsync(map with { Data = data }, cancel);
    }

    /// <returns>False where there was none.</returns>
    public static async Task<bool> DeleteAsync(ApiClient api, CancellationToken cancel)
    {
        try
        {
            await api.Resources<V1ConfigMap>().DeleteAsync(Namespace, Name, null, cancel);
            return true;
        }
        catch (HttpOperationException gone) when (gone.IsNotFound)
        {
            return false;
        }
    }
}
