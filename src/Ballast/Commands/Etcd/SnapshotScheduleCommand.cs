using System.CommandLine;
using Ballast.Admin.Backups.Schedules;
using Ballast.Admin.Clusters;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot schedule</c>.</summary>
internal static class SnapshotScheduleCommand
{
    private const int DefaultKeep = 28;

    public static Command Create()
    {
        var command = new Command("schedule", "Take backups on a schedule, by one elected controller; run again it changes the schedule, and without one shows it.")
            .WithExamples("ballast etcd snapshot schedule \"0 */6 * * *\" --keep 28 --target /var/backups/etcd --key backup.key",
                "ballast etcd snapshot schedule \"0 */6 * * *\" --target https://s3.example.com/bucket/prod --s3-credentials FILE --key backup.key",
                "ballast etcd snapshot schedule --key backup.key      # on a further control plane of machines", "ballast etcd snapshot schedule", "ballast etcd snapshot schedule --remove");
        var cron = new Argument<string?>("SCHEDULE") { Description = "Cron's five fields, in UTC.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(cron);
        var keep = SnapshotPruneCommand.KeepOption();
        keep.DefaultValueFactory = _ => DefaultKeep;
        command.Options.Add(keep);
        var key = SnapshotPkiCommand.KeyOption();
        command.Options.Add(key);
        var remove = new Option<bool>("--remove") { Description = "Take no backups any more; those that there are stay." };
        command.Options.Add(remove);
        var scope = new ClusterOrMachine(command);
        var target = new BackupTargetSelection(command, scope);
        var output = new Output(command);
        command.OnRun(async (result, cancel) =>
        {
            IScheduledBackups schedule = scope.Machine(result) is { } machine ? new MachineBackups(machine, TimeProvider.System) : new ClusterBackups(scope.Cluster(result), TimeProvider.System);
            if (result.GetValue(remove))
            {
                Console.WriteLine(await schedule.RemoveAsync(cancel) ? "No backups are taken any more. Those that there are stay." : "No backups were scheduled.");
                if (scope.Machine(result) is not null)
                    Console.WriteLine("On every other control plane too: ballast etcd snapshot schedule --remove");
            }
            else if (result.GetValue(cron) is { } text)
            {
                await SetAsync(result, schedule, new(BackupSchedule.Parse(text).ToString(), SnapshotPruneCommand.Checked(result.GetValue(keep)),
                    target.Named(result) ?? (await schedule.FindAsync(cancel))?.Target ?? throw Missing("--target TARGET")), cancel);
            }
            else if (result.GetValue(key) is not null)
                await SetAsync(result, schedule, await schedule.FindAsync(cancel) ?? throw Missing("SCHEDULE"), cancel);
            else
                Show(result, await schedule.FindAsync(cancel));
            return 0;
        });
        return command;

        async Task SetAsync(ParseResult result, IScheduledBackups schedule, BackupSettings settings, CancellationToken cancel)
        {
            var hosts = await schedule.ApplyAsync(settings, result.GetValue(key) ?? schedule.KeyFile ?? throw Missing("--key FILE"), target.Credentials(result) ?? schedule.S3CredentialsFile, cancel);
            Console.WriteLine(hosts.Count > 0
                ? $"Backups are taken at \"{settings.Schedule}\" (UTC) into {settings.Target}; {settings.Keep} are kept. The first is taken at once."
                : "It was so already.");
            if (scope.Machine(result) is not null)
                Console.WriteLine("Control planes that join from now on take part by themselves; on each that is there already: ballast etcd snapshot schedule --key FILE");
            Console.WriteLine($"Look: ballast etcd snapshot list{scope.Again(result)}");
        }

        void Show(ParseResult result, BackupSettings? settings)
        {
            if (settings is null)
                throw new ClusterException("no backups are scheduled") { Hint = "ballast etcd snapshot schedule \"0 */6 * * *\" --target /var/backups/etcd --key FILE" + scope.Again(result) };
            output.Write(result, [settings], ("SCHEDULE", s => s.Schedule), ("KEEP", s => s.Keep.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("TARGET", s => s.Target));
        }
    }

    private static ClusterException Missing(string option) => new($"backups are not scheduled yet, so {option} is needed", 2);
}
