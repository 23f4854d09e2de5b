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
                "ballast etcd snapshot schedule", "ballast etcd snapshot schedule --remove");
        var cron = new Argument<string?>("SCHEDULE") { Description = "Cron's five fields, in UTC.", Arity = ArgumentArity.ZeroOrOne };
        command.Arguments.Add(cron);
        var keep = SnapshotPruneCommand.KeepOption();
        keep.DefaultValueFactory = _ => DefaultKeep;
        command.Options.Add(keep);
        var key = SnapshotPkiCommand.KeyOption();
        command.Options.Add(key);
        var remove = new Option<bool>("--remove") { Description = "Take no backups any more; those that there are stay." };
        command.Options.Add(remove);
        var cluster = new ClusterSelection(command);
        var target = new BackupTargetSelection(command, cluster);
        var output = new Output(command);
        command.OnRun((result, cancel) =>
        {
            var schedule = new ClusterBackups(cluster.Directory(result));
            if (result.GetValue(remove))
                Console.WriteLine(schedule.Remove() ? "No backups are taken any more. Those that there are stay." : "No backups were scheduled.");
            else if (result.GetValue(cron) is { } text)
                Set(result, schedule, new(BackupSchedule.Parse(text).ToString(), SnapshotPruneCommand.Checked(result.GetValue(keep)), target.Named(result) ?? schedule.Find()?.Target ?? throw Missing("--target TARGET")),
                    result.GetValue(key), target.Credentials(result));
            else
                Show(result, schedule.Find());
            return Task.FromResult(0);
        });
        return command;

        void Set(ParseResult result, ClusterBackups schedule, BackupSettings settings, string? keyFile, string? credentials)
        {
            var hosts = schedule.Apply(settings, keyFile ?? schedule.KeyFile() ?? throw Missing("--key FILE"), credentials ?? schedule.S3CredentialsFile());
            Console.WriteLine(hosts.Count > 0
                ? $"Backups are taken at \"{settings.Schedule}\" (UTC) into {settings.Target}; {settings.Keep} are kept. The first is taken at once."
                : "It was so already.");
            Console.WriteLine($"Look: ballast etcd snapshot list{cluster.Again(result, cluster.Name(result))}");
        }

        void Show(ParseResult result, BackupSettings? settings)
        {
            if (settings is null)
                throw new ClusterException("no backups are scheduled") { Hint = "ballast etcd snapshot schedule \"0 */6 * * *\" --target /var/backups/etcd --key FILE" + cluster.Again(result, cluster.Name(result)) };
            output.Write(result, [settings], ("SCHEDULE", s => s.Schedule), ("KEEP", s => s.Keep.ToString(System.Globalization.CultureInfo.InvariantCulture)), ("TARGET", s => s.Target));
        }
    }

    private static ClusterException Missing(string option) => new($"backups are not scheduled yet, so {option} is needed", 2);
}
