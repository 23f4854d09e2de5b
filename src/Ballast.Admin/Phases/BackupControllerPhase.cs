using Ballast.Admin.Backups.Schedules;

namespace Ballast.Admin.Phases;

/// <summary>Where backups are scheduled, this control plane takes part in them. The key has come with the shared certificates.</summary>
public sealed class BackupControllerPhase : IPhase
{
    public string Name => BackupSettings.Component;

    public string Title => "Take part in scheduled backups";

    public IEnumerable<string> Writes(PhaseContext context) => [$"{context.Paths.Manifest(BackupSettings.Component)} where backups are scheduled"];

    public async Task<string> RunAsync(PhaseContext context, CancellationToken cancel)
    {
        if (await new MachineBackups(context.Paths, context.Time).FollowAsync(context.Admin, cancel) is { } outcome)
            return outcome;
        context.Steps.Warn("backups are scheduled, and this control plane takes no part in them, for the certificates that it joined with were uploaded without the backup key: ballast etcd snapshot schedule --key FILE"
            + context.Paths.Again);
        return "";
    }
}
