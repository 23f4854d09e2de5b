using System.CommandLine;
using System.Globalization;
using Ballast.Admin.Backups;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot …</c>: <c>save</c> and <c>status</c> of single files; the rest has files of its own.</summary>
internal static class SnapshotCommand
{
    public static Command Create() => new("snapshot", "Take snapshots of etcd, and check them. etcdctl reads them, and its files are read here.")
    {
        Save(),
        Status(),
        RestoreCommand.Create(),
        SnapshotRaiseCommand.Create(),
        SnapshotListCommand.Create(),
        SnapshotVerifyCommand.Create(),
        SnapshotPruneCommand.Create(),
        SnapshotPkiCommand.Create(),
        SnapshotScheduleCommand.Create(),
    };

    private static Command Save()
    {
        var command = new Command("save", "Write a snapshot of one member to a file.").WithExamples("ballast etcd snapshot save backup.db");
        var cluster = new ClusterOrMachine(command);
        var file = FileArgument(command);
        command.OnRun((result, cancel) => EtcdCommand.WithEtcdAsync(cluster, result, async etcd =>
        {
            var (saved, member) = await new SnapshotSave(etcd, TimeProvider.System).RunAsync(result.GetValue(file)!, cancel);
            Console.WriteLine($"{saved.Path}: {saved.Bytes >> 10}Ki from {member.Called}, at revision {member.Revision} or later.");
        }, cancel));
        return command;
    }

    private static Command Status()
    {
        var command = new Command("status", "Check that a file is a whole, undamaged snapshot.").WithExamples("ballast etcd snapshot status backup.db");
        var output = new Output(command);
        var file = FileArgument(command);
        command.OnRun(async (result, cancel) =>
        {
            var snapshot = await SnapshotFile.CheckAsync(result.GetValue(file)!, cancel);
            output.Write(result, [snapshot], ("FILE", s => s.Path), ("BYTES", s => s.Bytes.ToString(CultureInfo.InvariantCulture)), ("SHA256", s => s.Sha256));
            return 0;
        });
        return command;
    }

    private static Argument<string> FileArgument(Command command)
    {
        var file = new Argument<string>("FILE") { Description = "The snapshot." };
        command.Arguments.Add(file);
        return file;
    }
}
