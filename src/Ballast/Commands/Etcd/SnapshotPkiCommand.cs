using System.CommandLine;
using Ballast.Admin.Backups;

namespace Ballast.Commands.Etcd;

/// <summary><c>ballast etcd snapshot pki</c>.</summary>
internal static class SnapshotPkiCommand
{
    public static Command Create()
    {
        var command = new Command("pki", "Open the PKI of a backup: the CAs, the service-account key and what Secrets are encrypted with, at kubeadm's paths below a folder.")
            .WithExamples("ballast etcd snapshot pki snapshot-20261125T060000Z-0123abcd.pki --key backup.key --to /tmp/pki");
        var file = new Argument<string>("FILE") { Description = "The backup's file that ends in .pki." };
        command.Arguments.Add(file);
        var key = KeyOption();
        key.Required = true;
        command.Options.Add(key);
        var to = new Option<string>("--to") { Description = "The folder that gets etc/kubernetes/…; nothing in it is overwritten.", HelpName = "DIR", Required = true };
        command.Options.Add(to);
        command.OnRun((result, _) =>
        {
            foreach (var written in PkiArchive.Unpack(result.GetValue(file)!, BackupKey.Read(result.GetValue(key)!), result.GetValue(to)!))
                Console.WriteLine(written);
            return Task.FromResult(0);
        });
        return command;
    }

    /// <summary>The operator's key.</summary>
    public static Option<string> KeyOption() => new("--key")
    {
        Description = "The file with the key that seals the PKI in backups: 32 bytes in base64, for its owner alone. Keep it apart from the backups.",
        HelpName = "FILE",
    };
}
