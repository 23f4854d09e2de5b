using System.CommandLine;
using Ballast.Admin.EtcdQuorum;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd alarm list|disarm</c>.</summary>
internal static class AlarmCommand
{
    public static Command Create() => new("alarm", "List alarms (NOSPACE, CORRUPT), and end them when their cause is mended.") { List(), Disarm() };

    private static Command List()
    {
        var command = new Command("list", "Every alarm that stands.").WithExamples("ballast etcd alarm list");
        var cluster = new ClusterOrMachine(command);
        var output = new Output(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd => output.Write(
            result, [.. (await new EtcdUpkeep(etcd, TimeProvider.System).AlarmsAsync(cancel)).Select(a => new { Member = a.Member.Called, a.Alarm })],
            ("MEMBER", a => a.Member), ("ALARM", a => a.Alarm)), cancel));
        return command;
    }

    private static Command Disarm()
    {
        var command = new Command("disarm", "End every alarm.").WithExamples("ballast etcd alarm disarm");
        var cluster = new ClusterOrMachine(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
        {
            await new EtcdUpkeep(etcd, TimeProvider.System).DisarmAsync(cancel);
            Console.WriteLine("No alarm stands any more.");
        }, cancel));
        return command;
    }
}
